-- CreateTable
CREATE TABLE "payment_request_acceptance" (
    "payer_id" TEXT NOT NULL,
    "idempotency_key" TEXT NOT NULL,
    "payment_request_id" TEXT NOT NULL,
    "source_id" TEXT NOT NULL,
    "transaction_id" TEXT NOT NULL,

    PRIMARY KEY ("payer_id", "idempotency_key")
);

-- By hand from here on. Every acceptance that is known so far: the latest of each request.
INSERT INTO "payment_request_acceptance" ("payer_id", "idempotency_key", "payment_request_id", "source_id", "transaction_id")
  SELECT r."payer_id", r."accept_key", r."id", t."source_id", t."id"
  FROM "payment_request" r JOIN "transaction" t ON t."id" = r."transaction_id" WHERE r."accept_key" IS NOT NULL
  ON CONFLICT DO NOTHING;
ALTER TABLE "payment_request" DROP COLUMN "accept_key";

CREATE TRIGGER "payment_request_acceptance_append_only_update" BEFORE UPDATE ON "payment_request_acceptance" BEGIN SELECT RAISE(ABORT, 'Acceptances are kept'); END;
CREATE TRIGGER "payment_request_acceptance_append_only_delete" BEFORE DELETE ON "payment_request_acceptance" BEGIN SELECT RAISE(ABORT, 'Acceptances are kept'); END;
