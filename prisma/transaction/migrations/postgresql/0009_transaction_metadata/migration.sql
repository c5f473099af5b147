-- AlterTable
ALTER TABLE "transaction" ADD COLUMN     "metadata" TEXT;

-- CreateTable
CREATE TABLE "transaction_tag" (
    "key" TEXT NOT NULL,
    "transaction_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "transaction_tag_pkey" PRIMARY KEY ("key","transaction_id","name")
);

-- CreateIndex
CREATE INDEX "transaction_tag_page" ON "transaction_tag"("key", "name", "value", "created_at" DESC, "transaction_id" DESC);

-- CreateIndex
CREATE INDEX "transaction_tag_transaction_id" ON "transaction_tag"("transaction_id");

-- AddForeignKey
ALTER TABLE "transaction_tag" ADD CONSTRAINT "transaction_tag_transaction_id_fkey" FOREIGN KEY ("transaction_id") REFERENCES "transaction"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- What was asked for never changes, nor what it is found by.
CREATE TRIGGER "transaction_tag_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "transaction_tag" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_transaction_change"();
CREATE TRIGGER "transaction_metadata_unchanged" BEFORE UPDATE OF "metadata" ON "transaction" FOR EACH ROW
  WHEN (NEW."metadata" IS DISTINCT FROM OLD."metadata") EXECUTE FUNCTION "refuse_transaction_change"();
