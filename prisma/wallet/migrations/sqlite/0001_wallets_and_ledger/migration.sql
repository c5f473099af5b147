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
CREATE TABLE "wallet" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "owner_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "frozen_reason" TEXT,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "external_account" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "owner_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "holder_name" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,
    "removed_at" DATETIME
);

-- CreateTable
CREATE TABLE "account" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "holder_type" TEXT NOT NULL,
    "holder_id" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "debits_posted" TEXT NOT NULL,
    "credits_posted" TEXT NOT NULL,
    "debits_pending" TEXT NOT NULL,
    "credits_pending" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "posting" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "transaction_id" TEXT,
    "hold_id" TEXT,
    "memo" TEXT,
    "created_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "entry" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "posting_id" TEXT NOT NULL,
    "leg" INTEGER NOT NULL,
    "account_id" TEXT NOT NULL,
    "wallet_id" TEXT,
    "direction" TEXT NOT NULL,
    "units" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "balance_after" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,
    CONSTRAINT "entry_posting_id_fkey" FOREIGN KEY ("posting_id") REFERENCES "posting" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "entry_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);

-- CreateTable
CREATE TABLE "hold" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "account_id" TEXT NOT NULL,
    "wallet_id" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "units" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "captured_units" TEXT,
    "destination_wallet_id" TEXT,
    "memo" TEXT,
    "placed_by" TEXT NOT NULL,
    "expires_at" DATETIME,
    "created_at" DATETIME NOT NULL,
    "resolved_at" DATETIME,
    CONSTRAINT "hold_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);

-- CreateTable
CREATE TABLE "ledger_request" (
    "key" TEXT NOT NULL PRIMARY KEY,
    "fingerprint" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "result_id" TEXT,
    "refusal" TEXT,
    "created_at" DATETIME NOT NULL
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
