-- CreateTable
CREATE TABLE "payout_batch" (
    "id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "owner_id" TEXT NOT NULL,
    "source_id" TEXT NOT NULL,
    "item_count" INTEGER NOT NULL,
    "paid_count" INTEGER NOT NULL,
    "failed_count" INTEGER NOT NULL,
    "next_item" INTEGER,
    "idempotency_key" TEXT NOT NULL,
    "request_fingerprint" TEXT NOT NULL,
    "feed_cursor" TEXT NOT NULL,
    "correlation_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "payout_batch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "payout" (
    "batch_id" TEXT NOT NULL,
    "item" INTEGER NOT NULL,
    "reference" TEXT,
    "destination_id" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "units" DECIMAL(78,0) NOT NULL,
    "memo" TEXT,
    "state" TEXT NOT NULL,
    "transaction_id" TEXT,
    "failure_code" TEXT,
    "failure_message" TEXT,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "payout_pkey" PRIMARY KEY ("batch_id","item")
);

-- CreateIndex
CREATE INDEX "payout_batch_of_owner" ON "payout_batch"("owner_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "payout_batch_unfinished" ON "payout_batch"("state", "updated_at");

-- CreateIndex
CREATE UNIQUE INDEX "payout_batch_owner_id_idempotency_key" ON "payout_batch"("owner_id", "idempotency_key");

-- AddForeignKey
ALTER TABLE "payout" ADD CONSTRAINT "payout_batch_id_fkey" FOREIGN KEY ("batch_id") REFERENCES "payout_batch"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- By hand from here on. What was asked for never changes, a payee's outcome is final, and a batch is done when every payee has one.
ALTER TABLE "payout_batch" ADD CONSTRAINT "payout_batch_counts" CHECK ("paid_count" >= 0 AND "failed_count" >= 0 AND "paid_count" + "failed_count" <= "item_count"
  AND "state" IN ('RUNNING', 'FINISHED') AND ("state" = 'FINISHED') = ("paid_count" + "failed_count" = "item_count"));
ALTER TABLE "payout" ADD CONSTRAINT "payout_sound" CHECK ("units" > 0 AND "state" IN ('PENDING', 'REQUESTED', 'PAID', 'FAILED')
  AND ("state" <> 'PENDING' OR "transaction_id" IS NULL) AND ("state" NOT IN ('REQUESTED', 'PAID') OR "transaction_id" IS NOT NULL)
  AND ("state" = 'FAILED') = ("failure_code" IS NOT NULL));

CREATE FUNCTION "guard_payout_batch_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW."id", NEW."owner_id", NEW."source_id", NEW."item_count", NEW."idempotency_key", NEW."request_fingerprint", NEW."created_at")
    IS DISTINCT FROM (OLD."id", OLD."owner_id", OLD."source_id", OLD."item_count", OLD."idempotency_key", OLD."request_fingerprint", OLD."created_at")
    OR NEW."version" <> OLD."version" + 1 OR NEW."paid_count" < OLD."paid_count" OR NEW."failed_count" < OLD."failed_count"
    OR COALESCE(NEW."next_item", NEW."item_count" + 1) < COALESCE(OLD."next_item", OLD."item_count" + 1) THEN
    RAISE EXCEPTION 'The payout batch % only moves on', OLD."id" USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "payout_batch_moves_on" BEFORE UPDATE ON "payout_batch" FOR EACH ROW EXECUTE FUNCTION "guard_payout_batch_change"();

CREATE FUNCTION "guard_payout_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW."batch_id", NEW."item", NEW."reference", NEW."destination_id", NEW."asset", NEW."units", NEW."memo")
    IS DISTINCT FROM (OLD."batch_id", OLD."item", OLD."reference", OLD."destination_id", OLD."asset", OLD."units", OLD."memo")
    OR OLD."state" IN ('PAID', 'FAILED') OR NEW."state" = 'PENDING'
    OR OLD."transaction_id" IS NOT NULL AND NEW."transaction_id" IS DISTINCT FROM OLD."transaction_id" THEN
    RAISE EXCEPTION 'Payout % of % is %; it cannot become %', OLD."item", OLD."batch_id", OLD."state", NEW."state" USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "payout_moves_on" BEFORE UPDATE ON "payout" FOR EACH ROW EXECUTE FUNCTION "guard_payout_change"();

CREATE TRIGGER "payout_batch_permanent" BEFORE DELETE OR TRUNCATE ON "payout_batch" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_transaction_change"();
CREATE TRIGGER "payout_permanent" BEFORE DELETE OR TRUNCATE ON "payout" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_transaction_change"();
