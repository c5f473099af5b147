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
CREATE TABLE "wallet" (
    "id" TEXT NOT NULL,
    "owner_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "frozen_reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "wallet_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "external_account" (
    "id" TEXT NOT NULL,
    "owner_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "holder_name" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "external_account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "account" (
    "id" TEXT NOT NULL,
    "holder_type" TEXT NOT NULL,
    "holder_id" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "debits_posted" DECIMAL(78,0) NOT NULL,
    "credits_posted" DECIMAL(78,0) NOT NULL,
    "debits_pending" DECIMAL(78,0) NOT NULL,
    "credits_pending" DECIMAL(78,0) NOT NULL,
    "version" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "posting" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "transaction_id" TEXT,
    "hold_id" TEXT,
    "memo" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "posting_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "entry" (
    "id" TEXT NOT NULL,
    "posting_id" TEXT NOT NULL,
    "leg" INTEGER NOT NULL,
    "account_id" TEXT NOT NULL,
    "wallet_id" TEXT,
    "direction" TEXT NOT NULL,
    "units" DECIMAL(78,0) NOT NULL,
    "version" BIGINT NOT NULL,
    "balance_after" DECIMAL(78,0) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "hold" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "wallet_id" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "units" DECIMAL(78,0) NOT NULL,
    "status" TEXT NOT NULL,
    "captured_units" DECIMAL(78,0),
    "destination_wallet_id" TEXT,
    "memo" TEXT,
    "placed_by" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "resolved_at" TIMESTAMPTZ(3),

    CONSTRAINT "hold_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_request" (
    "key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "result_id" TEXT,
    "refusal" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ledger_request_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "outbox_event_subject_position_idx" ON "outbox_event"("subject", "position");

-- CreateIndex
CREATE INDEX "inbox_parked_consumer_source_subject_position_idx" ON "inbox_parked"("consumer", "source", "subject", "position");

-- CreateIndex
CREATE INDEX "inbox_parked_next_attempt_at_idx" ON "inbox_parked"("next_attempt_at");

-- CreateIndex
CREATE INDEX "wallet_owner_id_created_at_id_idx" ON "wallet"("owner_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "external_account_owner_id_created_at_id_idx" ON "external_account"("owner_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "account_holder_type_holder_id_asset_key" ON "account"("holder_type", "holder_id", "asset");

-- CreateIndex
CREATE UNIQUE INDEX "posting_transaction_id_key" ON "posting"("transaction_id");

-- CreateIndex
CREATE UNIQUE INDEX "posting_hold_id_key" ON "posting"("hold_id");

-- CreateIndex
CREATE INDEX "entry_posting_id_idx" ON "entry"("posting_id");

-- CreateIndex
CREATE INDEX "entry_wallet_id_created_at_version_id_idx" ON "entry"("wallet_id", "created_at", "version", "id");

-- CreateIndex
CREATE UNIQUE INDEX "entry_account_id_version_key" ON "entry"("account_id", "version");

-- CreateIndex
CREATE INDEX "hold_wallet_id_created_at_id_idx" ON "hold"("wallet_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "hold_status_expires_at_idx" ON "hold"("status", "expires_at");

-- CreateIndex
CREATE INDEX "hold_account_id_idx" ON "hold"("account_id");

-- AddForeignKey
ALTER TABLE "entry" ADD CONSTRAINT "entry_posting_id_fkey" FOREIGN KEY ("posting_id") REFERENCES "posting"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "entry" ADD CONSTRAINT "entry_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "hold" ADD CONSTRAINT "hold_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;
