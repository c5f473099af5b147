-- CreateTable
CREATE TABLE "outbox_pending" (
    "sequence" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "data" TEXT NOT NULL,
    "feeds" TEXT NOT NULL,
    "time" DATETIME NOT NULL,
    "correlation_id" TEXT,
    "causation_id" TEXT
);

-- CreateTable
CREATE TABLE "outbox_event" (
    "position" BIGINT NOT NULL PRIMARY KEY,
    "previous_position" BIGINT NOT NULL,
    "id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "data" TEXT NOT NULL,
    "feeds" TEXT NOT NULL,
    "time" DATETIME NOT NULL,
    "correlation_id" TEXT,
    "causation_id" TEXT
);

-- CreateTable
CREATE TABLE "outbox_event_feed" (
    "feed_key" TEXT NOT NULL,
    "position" BIGINT NOT NULL,

    PRIMARY KEY ("feed_key", "position")
);

-- CreateTable
CREATE TABLE "outbox_head" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "log_id" TEXT NOT NULL,
    "last_position" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "outbox_consumer" (
    "consumer" TEXT NOT NULL PRIMARY KEY,
    "position" BIGINT NOT NULL,
    "updated_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "inbox_entry" (
    "consumer" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,

    PRIMARY KEY ("consumer", "event_id")
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
    "next_attempt_at" DATETIME,
    "error" TEXT NOT NULL,
    "parked_at" DATETIME NOT NULL,

    PRIMARY KEY ("consumer", "event_id")
);

-- CreateTable
CREATE TABLE "transaction" (
    "id" TEXT NOT NULL PRIMARY KEY,
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
    "units" TEXT NOT NULL,
    "memo" TEXT,
    "failure_code" TEXT,
    "failure_message" TEXT,
    "idempotency_key" TEXT NOT NULL,
    "request_fingerprint" TEXT NOT NULL,
    "feed_cursor" TEXT NOT NULL,
    "correlation_id" TEXT,
    "ask_again_at" DATETIME,
    "reminders_sent" INTEGER NOT NULL DEFAULT 0,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "transaction_step" (
    "transaction_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "reason_code" TEXT,
    "reason_message" TEXT,
    "at" DATETIME NOT NULL,

    PRIMARY KEY ("transaction_id", "version"),
    CONSTRAINT "transaction_step_transaction_id_fkey" FOREIGN KEY ("transaction_id") REFERENCES "transaction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);

-- CreateTable
CREATE TABLE "transaction_listing" (
    "key" TEXT NOT NULL,
    "transaction_id" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,
    "shown" BOOLEAN NOT NULL,

    PRIMARY KEY ("key", "transaction_id"),
    CONSTRAINT "transaction_listing_transaction_id_fkey" FOREIGN KEY ("transaction_id") REFERENCES "transaction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);

-- CreateTable
CREATE TABLE "payment_endpoint" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "type" TEXT NOT NULL,
    "owner_id" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "asset" TEXT,
    "updated_at" DATETIME NOT NULL
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
