-- CreateTable
CREATE TABLE "spending_limit" (
    "id" TEXT NOT NULL,
    "wallet_id" TEXT NOT NULL,
    "member_id" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "period" TEXT NOT NULL CHECK ("period" IN ('TRANSACTION', 'DAY', 'MONTH')),
    "units" DECIMAL(78,0) NOT NULL,
    "period_starts_at" TIMESTAMPTZ(3),
    "used_units" DECIMAL(78,0) NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "spending_limit_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "spending_charge" (
    "hold_id" TEXT NOT NULL,
    "limit_id" TEXT NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "units" DECIMAL(78,0) NOT NULL,

    CONSTRAINT "spending_charge_pkey" PRIMARY KEY ("hold_id","limit_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "spending_limit_wallet_id_member_id_asset_period_key" ON "spending_limit"("wallet_id", "member_id", "asset", "period");

-- AddForeignKey
ALTER TABLE "spending_limit" ADD CONSTRAINT "spending_limit_wallet_id_fkey" FOREIGN KEY ("wallet_id") REFERENCES "wallet"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- The last line of defence: whatever the code decided, nothing more is spent once a limit is used up.
ALTER TABLE "spending_limit" ADD CONSTRAINT "spending_limit_not_negative" CHECK ("units" >= 0 AND "used_units" >= 0);
CREATE FUNCTION "refuse_overspending"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'More would be spent than the limit % allows', OLD."id" USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER "spending_limit_kept" BEFORE UPDATE ON "spending_limit" FOR EACH ROW
  WHEN (NEW."used_units" > NEW."units"
    AND (NEW."used_units" > OLD."used_units" OR NEW."period_starts_at" IS DISTINCT FROM OLD."period_starts_at"))
  EXECUTE FUNCTION "refuse_overspending"();
CREATE TRIGGER "spending_charge_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "spending_charge" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_ledger_change"();
