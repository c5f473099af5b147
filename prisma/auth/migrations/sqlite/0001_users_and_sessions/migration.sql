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
CREATE TABLE "user_account" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "email" TEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "password_changed_at" DATETIME NOT NULL,
    "status" TEXT NOT NULL,
    "suspension_reason" TEXT,
    "suspended_at" DATETIME,
    "created_at" DATETIME NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1
);

-- CreateTable
CREATE TABLE "user_role" (
    "user_id" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "granted_by" TEXT NOT NULL,
    "granted_at" DATETIME NOT NULL,

    PRIMARY KEY ("user_id", "role"),
    CONSTRAINT "user_role_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user_account" ("id") ON DELETE CASCADE ON UPDATE RESTRICT
);

-- CreateTable
CREATE TABLE "session" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "user_id" TEXT NOT NULL,
    "methods" TEXT NOT NULL,
    "refresh_salt" TEXT NOT NULL,
    "generation" INTEGER NOT NULL DEFAULT 1,
    "rotated_at" DATETIME NOT NULL,
    "address" TEXT,
    "user_agent" TEXT,
    "created_at" DATETIME NOT NULL,
    "last_used_at" DATETIME NOT NULL,
    "expires_at" DATETIME NOT NULL,
    "revoked_at" DATETIME,
    "revocation_reason" TEXT,
    CONSTRAINT "session_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user_account" ("id") ON DELETE CASCADE ON UPDATE RESTRICT
);

-- CreateTable
CREATE TABLE "sign_in_challenge" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "token_hash" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "created_at" DATETIME NOT NULL,
    "expires_at" DATETIME NOT NULL,
    CONSTRAINT "sign_in_challenge_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user_account" ("id") ON DELETE CASCADE ON UPDATE RESTRICT
);

-- CreateTable
CREATE TABLE "totp_credential" (
    "user_id" TEXT NOT NULL PRIMARY KEY,
    "sealed_secret" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,
    "confirmed_at" DATETIME,
    "last_used_step" INTEGER,
    CONSTRAINT "totp_credential_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user_account" ("id") ON DELETE CASCADE ON UPDATE RESTRICT
);

-- CreateTable
CREATE TABLE "recovery_code" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "user_id" TEXT NOT NULL,
    "code_hash" TEXT NOT NULL,
    "used_at" DATETIME,
    CONSTRAINT "recovery_code_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user_account" ("id") ON DELETE CASCADE ON UPDATE RESTRICT
);

-- CreateTable
CREATE TABLE "throttle" (
    "key" TEXT NOT NULL PRIMARY KEY,
    "failures" INTEGER NOT NULL,
    "last_attempt_at" DATETIME NOT NULL,
    "locked_until" DATETIME
);

-- CreateTable
CREATE TABLE "signing_key" (
    "kid" TEXT NOT NULL PRIMARY KEY,
    "state" TEXT NOT NULL,
    "public_jwk" TEXT NOT NULL,
    "sealed_private_jwk" TEXT,
    "created_at" DATETIME NOT NULL,
    "activated_at" DATETIME,
    "verifies_until" DATETIME
);

-- CreateTable
CREATE TABLE "signing_key_ring" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "revision" INTEGER NOT NULL
);

-- CreateIndex
CREATE INDEX "outbox_event_subject_position_idx" ON "outbox_event"("subject", "position");

-- CreateIndex
CREATE INDEX "inbox_parked_consumer_source_subject_position_idx" ON "inbox_parked"("consumer", "source", "subject", "position");

-- CreateIndex
CREATE INDEX "inbox_parked_next_attempt_at_idx" ON "inbox_parked"("next_attempt_at");

-- CreateIndex
CREATE UNIQUE INDEX "user_account_email" ON "user_account"("email");

-- CreateIndex
CREATE INDEX "session_user_page" ON "session"("user_id", "id" DESC);

-- CreateIndex
CREATE INDEX "session_expires_at" ON "session"("expires_at");

-- CreateIndex
CREATE INDEX "session_revoked_at" ON "session"("revoked_at");

-- CreateIndex
CREATE UNIQUE INDEX "sign_in_challenge_token_hash" ON "sign_in_challenge"("token_hash");

-- CreateIndex
CREATE INDEX "sign_in_challenge_user_id" ON "sign_in_challenge"("user_id");

-- CreateIndex
CREATE INDEX "sign_in_challenge_expires_at" ON "sign_in_challenge"("expires_at");

-- CreateIndex
CREATE INDEX "totp_credential_pending" ON "totp_credential"("confirmed_at", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "recovery_code_user_id_code_hash" ON "recovery_code"("user_id", "code_hash");

-- CreateIndex
CREATE INDEX "throttle_last_attempt_at" ON "throttle"("last_attempt_at");

-- CreateIndex
CREATE INDEX "signing_key_state" ON "signing_key"("state");
