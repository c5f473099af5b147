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
CREATE TABLE "screening" (
    "id" TEXT NOT NULL,
    "transaction_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "requested_by" TEXT NOT NULL,
    "source_type" TEXT NOT NULL,
    "source_id" TEXT NOT NULL,
    "source_owner_id" TEXT NOT NULL,
    "destination_type" TEXT NOT NULL,
    "destination_id" TEXT NOT NULL,
    "destination_owner_id" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "units" DECIMAL(78,0) NOT NULL,
    "decision" TEXT NOT NULL,
    "is_counted" BOOLEAN NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "screened_at" TIMESTAMPTZ(3) NOT NULL,
    "reviewed_by" TEXT,
    "reviewed_at" TIMESTAMPTZ(3),
    "review_note" TEXT,
    "correlation_id" TEXT,

    CONSTRAINT "screening_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "screening_outcome" (
    "screening_id" TEXT NOT NULL,
    "rule_code" TEXT NOT NULL,
    "rule_version" INTEGER NOT NULL,
    "result" TEXT NOT NULL,
    "inputs" TEXT NOT NULL,
    "explanation" TEXT NOT NULL,

    CONSTRAINT "screening_outcome_pkey" PRIMARY KEY ("screening_id","rule_code")
);

-- CreateTable
CREATE TABLE "rule_version" (
    "code" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "is_enabled" BOOLEAN NOT NULL,
    "parameters" TEXT NOT NULL,
    "note" TEXT NOT NULL,
    "changed_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "superseded_at" TIMESTAMPTZ(3),

    CONSTRAINT "rule_version_pkey" PRIMARY KEY ("code","version")
);

-- CreateTable
CREATE TABLE "usage_bucket" (
    "user_id" TEXT NOT NULL,
    "flow" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "minute" INTEGER NOT NULL,
    "units" DECIMAL(100,0) NOT NULL,
    "transactions" INTEGER NOT NULL,

    CONSTRAINT "usage_bucket_pkey" PRIMARY KEY ("user_id","flow","asset","minute")
);

-- CreateTable
CREATE TABLE "usage_lock" (
    "user_id" TEXT NOT NULL,
    "taken" BIGINT NOT NULL,

    CONSTRAINT "usage_lock_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "party_name" (
    "id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "normalised_name" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "party_name_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sanctions_list" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "entry_count" INTEGER NOT NULL,
    "imported_by" TEXT NOT NULL,
    "imported_at" TIMESTAMPTZ(3) NOT NULL,
    "superseded_at" TIMESTAMPTZ(3),

    CONSTRAINT "sanctions_list_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sanctions_name" (
    "list_id" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "normalised_name" TEXT NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "sanctions_name_pkey" PRIMARY KEY ("list_id","reference","normalised_name")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "sequence" BIGINT NOT NULL,
    "event_id" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "actor_id" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "resource_type" TEXT NOT NULL,
    "resource_id" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "subject_user_id" TEXT,
    "details" TEXT NOT NULL,
    "request_id" TEXT,
    "correlation_id" TEXT,
    "causation_id" TEXT,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,
    "transaction_id" TEXT,
    "previous_hash" TEXT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("sequence")
);

-- CreateTable
CREATE TABLE "audit_head" (
    "id" INTEGER NOT NULL,
    "sequence" BIGINT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_head_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "outbox_event_subject_position_idx" ON "outbox_event"("subject", "position");

-- CreateIndex
CREATE INDEX "inbox_parked_consumer_source_subject_position_idx" ON "inbox_parked"("consumer", "source", "subject", "position");

-- CreateIndex
CREATE INDEX "inbox_parked_next_attempt_at_idx" ON "inbox_parked"("next_attempt_at");

-- CreateIndex
CREATE UNIQUE INDEX "screening_transaction_id_key" ON "screening"("transaction_id");

-- CreateIndex
CREATE INDEX "screening_queue" ON "screening"("decision", "screened_at", "id");

-- CreateIndex
CREATE INDEX "screening_outcome_rule" ON "screening_outcome"("rule_code", "result");

-- CreateIndex
CREATE UNIQUE INDEX "sanctions_list_name_version" ON "sanctions_list"("name", "version");

-- CreateIndex
CREATE INDEX "sanctions_name_normalised" ON "sanctions_name"("normalised_name");

-- CreateIndex
CREATE UNIQUE INDEX "audit_event_event_id_key" ON "audit_event"("event_id");

-- CreateIndex
CREATE INDEX "audit_event_actor" ON "audit_event"("actor_id", "sequence");

-- CreateIndex
CREATE INDEX "audit_event_action" ON "audit_event"("action", "sequence");

-- CreateIndex
CREATE INDEX "audit_event_resource" ON "audit_event"("resource_type", "resource_id", "sequence");

-- CreateIndex
CREATE INDEX "audit_event_subject_user" ON "audit_event"("subject_user_id", "sequence");

-- CreateIndex
CREATE INDEX "audit_event_transaction" ON "audit_event"("transaction_id", "sequence");

-- CreateIndex
CREATE INDEX "audit_event_occurred_at" ON "audit_event"("occurred_at");

-- AddForeignKey
ALTER TABLE "screening_outcome" ADD CONSTRAINT "screening_outcome_screening_id_fkey" FOREIGN KEY ("screening_id") REFERENCES "screening"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "sanctions_name" ADD CONSTRAINT "sanctions_name_list_id_fkey" FOREIGN KEY ("list_id") REFERENCES "sanctions_list"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;
