-- Statements go through back-dated entries in their order, some at a time, however many count from the same moment.
DROP INDEX "entry_backdated_idx";
CREATE INDEX "entry_backdated_idx" ON "entry"("account_id", "effective_at", "version") WHERE "effective_at" IS NOT NULL;
