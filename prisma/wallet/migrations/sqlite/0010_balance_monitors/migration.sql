-- CreateTable
CREATE TABLE "balance_monitor" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "wallet_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "balance" TEXT NOT NULL CHECK ("balance" IN ('POSTED', 'AVAILABLE')),
    "condition" TEXT NOT NULL CHECK ("condition" IN ('BELOW', 'ABOVE')),
    "units" TEXT NOT NULL,
    "rearm_units" TEXT NOT NULL,
    "state" TEXT NOT NULL CHECK ("state" IN ('ARMED', 'CROSSED')),
    "crossed_at" DATETIME,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL,
    CONSTRAINT "balance_monitor_counts_in_digits" CHECK ("units" <> '' AND "rearm_units" <> '' AND "units" || "rearm_units" NOT GLOB '*[^0-9]*'),
    -- What is crossed and armed again at the same balance would be told of without end. Longer digits are larger.
    CONSTRAINT "balance_monitor_rearms_on_the_good_side" CHECK (
      CASE "condition" WHEN 'BELOW' THEN (length("rearm_units"), "rearm_units") >= (length("units"), "units")
      ELSE (length("rearm_units"), "rearm_units") <= (length("units"), "units") END),
    CONSTRAINT "balance_monitor_wallet_id_fkey" FOREIGN KEY ("wallet_id") REFERENCES "wallet" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);

-- CreateTable
CREATE TABLE "balance_alert" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "monitor_id" TEXT NOT NULL,
    "wallet_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "balance" TEXT NOT NULL CHECK ("balance" IN ('POSTED', 'AVAILABLE')),
    "condition" TEXT NOT NULL CHECK ("condition" IN ('BELOW', 'ABOVE')),
    "units" TEXT NOT NULL,
    "balance_units" TEXT NOT NULL,
    "cause_type" TEXT NOT NULL,
    "cause_id" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "balance_monitor_wallet_id_user_id_asset_balance_condition_units_key" ON "balance_monitor"("wallet_id", "user_id", "asset", "balance", "condition", "units");

-- CreateIndex
CREATE INDEX "balance_alert_wallet_id_user_id_created_at_id_idx" ON "balance_alert"("wallet_id", "user_id", "created_at", "id");

CREATE TRIGGER "balance_alert_append_only_update" BEFORE UPDATE ON "balance_alert" BEGIN SELECT RAISE(ABORT, 'The ledger is append-only: UPDATE of "balance_alert" is refused'); END;
CREATE TRIGGER "balance_alert_append_only_delete" BEFORE DELETE ON "balance_alert" BEGIN SELECT RAISE(ABORT, 'The ledger is append-only: DELETE of "balance_alert" is refused'); END;
