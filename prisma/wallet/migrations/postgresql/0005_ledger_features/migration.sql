-- AlterTable
ALTER TABLE "account" ADD COLUMN     "overdraft_units" DECIMAL(78,0) NOT NULL DEFAULT 0,
ADD COLUMN     "status" TEXT NOT NULL DEFAULT 'ACTIVE';

-- AlterTable
ALTER TABLE "posting" ADD COLUMN     "effective_at" TIMESTAMPTZ(3),
ADD COLUMN     "metadata" TEXT,
ADD COLUMN     "reversal_of" TEXT;

-- AlterTable
ALTER TABLE "entry" ADD COLUMN     "effective_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "hold" ADD COLUMN     "transaction_id" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "posting_reversal_of_key" ON "posting"("reversal_of") WHERE "reversal_of" IS NOT NULL;

-- CreateIndex
CREATE UNIQUE INDEX "hold_transaction_id_key" ON "hold"("transaction_id") WHERE "transaction_id" IS NOT NULL;

-- Entries that count from before they were recorded are few; a balance by effective time adds them to the balance by record time.
CREATE INDEX "entry_backdated_idx" ON "entry"("account_id", "effective_at") WHERE "effective_at" IS NOT NULL;

-- The last line of defence, with what the account's owner has been granted.
ALTER TABLE "account" DROP CONSTRAINT "account_wallet_not_overdrawn";
ALTER TABLE "account" ADD CONSTRAINT "account_wallet_not_overdrawn"
  CHECK ("holder_type" <> 'WALLET' OR "credits_posted" - "debits_posted" - "debits_pending" + "overdraft_units" >= 0);
ALTER TABLE "account" ADD CONSTRAINT "account_overdraft_not_negative" CHECK ("overdraft_units" >= 0);
