-- CreateTable
CREATE TABLE "manual_batch" (
    "id" TEXT NOT NULL,
    "requested_by" TEXT NOT NULL,
    "is_linked" BOOLEAN NOT NULL,
    "outcomes" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "manual_batch_pkey" PRIMARY KEY ("id")
);

-- The answer to a request is as final as what it tells of.
CREATE TRIGGER "manual_batch_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "manual_batch" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_ledger_change"();
