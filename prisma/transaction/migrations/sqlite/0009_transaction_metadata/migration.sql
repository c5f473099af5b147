-- AlterTable
ALTER TABLE "transaction" ADD COLUMN "metadata" TEXT;

-- CreateTable
CREATE TABLE "transaction_tag" (
    "key" TEXT NOT NULL,
    "transaction_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,

    PRIMARY KEY ("key", "transaction_id", "name"),
    CONSTRAINT "transaction_tag_transaction_id_fkey" FOREIGN KEY ("transaction_id") REFERENCES "transaction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);

-- CreateIndex
CREATE INDEX "transaction_tag_page" ON "transaction_tag"("key", "name", "value", "created_at" DESC, "transaction_id" DESC);

-- CreateIndex
CREATE INDEX "transaction_tag_transaction_id" ON "transaction_tag"("transaction_id");

-- What was asked for never changes, nor what it is found by.
CREATE TRIGGER "transaction_tag_append_only_update" BEFORE UPDATE ON "transaction_tag" BEGIN SELECT RAISE(ABORT, 'Transactions and their history are kept: UPDATE of "transaction_tag" is refused'); END;
CREATE TRIGGER "transaction_tag_append_only_delete" BEFORE DELETE ON "transaction_tag" BEGIN SELECT RAISE(ABORT, 'Transactions and their history are kept: DELETE of "transaction_tag" is refused'); END;
CREATE TRIGGER "transaction_metadata_unchanged" BEFORE UPDATE OF "metadata" ON "transaction" WHEN NEW."metadata" IS NOT OLD."metadata"
BEGIN SELECT RAISE(ABORT, 'What a transaction asked for never changes'); END;
