-- CreateTable
CREATE TABLE "balance_monitor" (
    "id" TEXT NOT NULL,
    "wallet_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "balance" TEXT NOT NULL CHECK ("balance" IN ('POSTED', 'AVAILABLE')),
    "condition" TEXT NOT NULL CHECK ("condition" IN ('BELOW', 'ABOVE')),
    "units" DECIMAL(78,0) NOT NULL,
    "rearm_units" DECIMAL(78,0) NOT NULL,
    "state" TEXT NOT NULL CHECK ("state" IN ('ARMED', 'CROSSED')),
    "crossed_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "balance_monitor_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "balance_alert" (
    "id" TEXT NOT NULL,
    "monitor_id" TEXT NOT NULL,
    "wallet_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "balance" TEXT NOT NULL CHECK ("balance" IN ('POSTED', 'AVAILABLE')),
    "condition" TEXT NOT NULL CHECK ("condition" IN ('BELOW', 'ABOVE')),
    "units" DECIMAL(78,0) NOT NULL,
    "balance_units" DECIMAL(78,0) NOT NULL,
    "cause_type" TEXT NOT NULL,
    "cause_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "balance_alert_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "balance_monitor_wallet_id_user_id_asset_balance_condition_u_key" ON "balance_monitor"("wallet_id", "user_id", "asset", "balance", "condition", "units");

-- CreateIndex
CREATE INDEX "balance_alert_wallet_id_user_id_created_at_id_idx" ON "balance_alert"("wallet_id", "user_id", "created_at", "id");

-- AddForeignKey
ALTER TABLE "balance_monitor" ADD CONSTRAINT "balance_monitor_wallet_id_fkey" FOREIGN KEY ("wallet_id") REFERENCES "wallet"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- What is crossed and armed again at the same balance would be told of without end.
ALTER TABLE "balance_monitor" ADD CONSTRAINT "balance_monitor_rearms_on_the_good_side"
  CHECK ("units" >= 0 AND "rearm_units" >= 0 AND CASE "condition" WHEN 'BELOW' THEN "rearm_units" >= "units" ELSE "rearm_units" <= "units" END);
CREATE TRIGGER "balance_alert_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "balance_alert" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_ledger_change"();
