-- CreateTable
CREATE TABLE "spending_limit" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "wallet_id" TEXT NOT NULL,
    "member_id" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "period" TEXT NOT NULL CHECK ("period" IN ('TRANSACTION', 'DAY', 'MONTH')),
    "units" TEXT NOT NULL,
    "period_starts_at" DATETIME,
    "used_units" TEXT NOT NULL DEFAULT '0',
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL,
    CONSTRAINT "spending_limit_wallet_id_fkey" FOREIGN KEY ("wallet_id") REFERENCES "wallet" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);

-- CreateTable
CREATE TABLE "spending_charge" (
    "hold_id" TEXT NOT NULL,
    "limit_id" TEXT NOT NULL,
    "starts_at" DATETIME NOT NULL,
    "units" TEXT NOT NULL,

    PRIMARY KEY ("hold_id", "limit_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "spending_limit_wallet_id_member_id_asset_period_key" ON "spending_limit"("wallet_id", "member_id", "asset", "period");

-- The last line of defence: whatever the code decided, nothing more is spent once a limit is used up. Longer digits are larger.
CREATE TRIGGER "spending_limit_kept" BEFORE UPDATE ON "spending_limit"
WHEN (length(NEW."used_units"), NEW."used_units") > (length(NEW."units"), NEW."units")
  AND ((length(NEW."used_units"), NEW."used_units") > (length(OLD."used_units"), OLD."used_units") OR NEW."period_starts_at" IS NOT OLD."period_starts_at")
BEGIN SELECT RAISE(ABORT, 'More would be spent than the limit allows'); END;
CREATE TRIGGER "spending_limit_is_digits" BEFORE UPDATE ON "spending_limit"
WHEN NEW."used_units" = '' OR NEW."used_units" GLOB '*[^0-9]*' OR NEW."units" = '' OR NEW."units" GLOB '*[^0-9]*'
BEGIN SELECT RAISE(ABORT, 'A spending limit counts in whole units that are not negative'); END;
CREATE TRIGGER "spending_charge_append_only_update" BEFORE UPDATE ON "spending_charge" BEGIN SELECT RAISE(ABORT, 'The ledger is append-only: UPDATE of "spending_charge" is refused'); END;
CREATE TRIGGER "spending_charge_append_only_delete" BEFORE DELETE ON "spending_charge" BEGIN SELECT RAISE(ABORT, 'The ledger is append-only: DELETE of "spending_charge" is refused'); END;
