-- CreateTable
CREATE TABLE "manual_batch" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "requested_by" TEXT NOT NULL,
    "is_linked" BOOLEAN NOT NULL,
    "outcomes" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL
);

-- The answer to a request is as final as what it tells of.
CREATE TRIGGER "manual_batch_append_only_update" BEFORE UPDATE ON "manual_batch" BEGIN SELECT RAISE(ABORT, 'The ledger is append-only: UPDATE of "manual_batch" is refused'); END;
CREATE TRIGGER "manual_batch_append_only_delete" BEFORE DELETE ON "manual_batch" BEGIN SELECT RAISE(ABORT, 'The ledger is append-only: DELETE of "manual_batch" is refused'); END;
