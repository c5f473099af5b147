-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "outbox_pending" (
    "sequence" BIGSERIAL NOT NULL,
    "id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "data" TEXT NOT NULL,
    "feeds" TEXT NOT NULL,
    "time" TIMESTAMPTZ(3) NOT NULL,
    "correlation_id" TEXT,
    "causation_id" TEXT,

    CONSTRAINT "outbox_pending_pkey" PRIMARY KEY ("sequence")
);

-- CreateTable
CREATE TABLE "outbox_event" (
    "position" BIGINT NOT NULL,
    "previous_position" BIGINT NOT NULL,
    "id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "data" TEXT NOT NULL,
    "feeds" TEXT NOT NULL,
    "time" TIMESTAMPTZ(3) NOT NULL,
    "correlation_id" TEXT,
    "causation_id" TEXT,

    CONSTRAINT "outbox_event_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "outbox_event_feed" (
    "feed_key" TEXT NOT NULL,
    "position" BIGINT NOT NULL,

    CONSTRAINT "outbox_event_feed_pkey" PRIMARY KEY ("feed_key","position")
);

-- CreateTable
CREATE TABLE "outbox_head" (
    "id" INTEGER NOT NULL,
    "log_id" TEXT NOT NULL,
    "last_position" BIGINT NOT NULL,

    CONSTRAINT "outbox_head_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "outbox_consumer" (
    "consumer" TEXT NOT NULL,
    "position" BIGINT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "outbox_consumer_pkey" PRIMARY KEY ("consumer")
);

-- CreateTable
CREATE TABLE "inbox_entry" (
    "consumer" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,

    CONSTRAINT "inbox_entry_pkey" PRIMARY KEY ("consumer","event_id")
);

-- CreateTable
CREATE TABLE "inbox_parked" (
    "consumer" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "position" BIGINT NOT NULL,
    "event" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "next_attempt_at" TIMESTAMPTZ(3),
    "error" TEXT NOT NULL,
    "parked_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "inbox_parked_pkey" PRIMARY KEY ("consumer","event_id")
);

-- CreateTable
CREATE TABLE "transaction" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "requested_by" TEXT NOT NULL,
    "source_type" TEXT NOT NULL,
    "source_id" TEXT NOT NULL,
    "source_owner_id" TEXT NOT NULL,
    "destination_type" TEXT NOT NULL,
    "destination_id" TEXT NOT NULL,
    "destination_owner_id" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "units" DECIMAL(78,0) NOT NULL,
    "memo" TEXT,
    "failure_code" TEXT,
    "failure_message" TEXT,
    "idempotency_key" TEXT NOT NULL,
    "request_fingerprint" TEXT NOT NULL,
    "feed_cursor" TEXT NOT NULL,
    "correlation_id" TEXT,
    "ask_again_at" TIMESTAMPTZ(3),
    "reminders_sent" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "transaction_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "transaction_step" (
    "transaction_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "reason_code" TEXT,
    "reason_message" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "transaction_step_pkey" PRIMARY KEY ("transaction_id","version")
);

-- CreateTable
CREATE TABLE "transaction_listing" (
    "key" TEXT NOT NULL,
    "transaction_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "shown" BOOLEAN NOT NULL,

    CONSTRAINT "transaction_listing_pkey" PRIMARY KEY ("key","transaction_id")
);

-- CreateTable
CREATE TABLE "payment_endpoint" (
    "id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "owner_id" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "asset" TEXT,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "payment_endpoint_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "outbox_event_subject_position_idx" ON "outbox_event"("subject", "position");

-- CreateIndex
CREATE INDEX "inbox_parked_consumer_source_subject_position_idx" ON "inbox_parked"("consumer", "source", "subject", "position");

-- CreateIndex
CREATE INDEX "inbox_parked_next_attempt_at_idx" ON "inbox_parked"("next_attempt_at");

-- CreateIndex
CREATE INDEX "transaction_ask_again_at" ON "transaction"("ask_again_at");

-- CreateIndex
CREATE UNIQUE INDEX "transaction_requested_by_idempotency_key" ON "transaction"("requested_by", "idempotency_key");

-- CreateIndex
CREATE INDEX "transaction_listing_page" ON "transaction_listing"("key", "created_at" DESC, "transaction_id" DESC);

-- CreateIndex
CREATE INDEX "transaction_listing_transaction_id" ON "transaction_listing"("transaction_id");

-- AddForeignKey
ALTER TABLE "transaction_step" ADD CONSTRAINT "transaction_step_transaction_id_fkey" FOREIGN KEY ("transaction_id") REFERENCES "transaction"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "transaction_listing" ADD CONSTRAINT "transaction_listing_transaction_id_fkey" FOREIGN KEY ("transaction_id") REFERENCES "transaction"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;
