-- AlterTable
ALTER TABLE "posting" ADD COLUMN "effective_at" DATETIME;
ALTER TABLE "posting" ADD COLUMN "metadata" TEXT;
ALTER TABLE "posting" ADD COLUMN "reversal_of" TEXT;

-- AlterTable
ALTER TABLE "entry" ADD COLUMN "effective_at" DATETIME;

-- AlterTable
ALTER TABLE "hold" ADD COLUMN "transaction_id" TEXT;

-- AlterTable, not a new table: its triggers stay.
ALTER TABLE "account" ADD COLUMN "overdraft_units" TEXT NOT NULL DEFAULT '0';
ALTER TABLE "account" ADD COLUMN "status" TEXT NOT NULL DEFAULT 'ACTIVE';

-- CreateIndex
CREATE UNIQUE INDEX "posting_reversal_of_key" ON "posting"("reversal_of");

-- CreateIndex
CREATE UNIQUE INDEX "hold_transaction_id_key" ON "hold"("transaction_id");

-- Entries that count from before they were recorded are few; a balance by effective time adds them to the balance by record time.
CREATE INDEX "entry_backdated_idx" ON "entry"("account_id", "effective_at") WHERE "effective_at" IS NOT NULL;

CREATE TRIGGER "account_overdraft_is_digits_update" BEFORE UPDATE ON "account" WHEN NEW."overdraft_units" = '' OR NEW."overdraft_units" GLOB '*[^0-9]*'
BEGIN SELECT RAISE(ABORT, 'An overdraft is a whole number of units that is not negative'); END;
