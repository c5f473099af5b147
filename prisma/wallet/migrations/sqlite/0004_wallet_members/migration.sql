-- CreateTable
CREATE TABLE "wallet_member" (
    "wallet_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "role" TEXT NOT NULL CHECK ("role" IN ('OWNER', 'ADMIN', 'SPENDER', 'VIEWER')),
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL,

    PRIMARY KEY ("wallet_id", "user_id"),
    CONSTRAINT "wallet_member_wallet_id_fkey" FOREIGN KEY ("wallet_id") REFERENCES "wallet" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);

-- CreateTable
CREATE TABLE "wallet_invitation" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "wallet_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "role" TEXT NOT NULL CHECK ("role" IN ('OWNER', 'ADMIN', 'SPENDER', 'VIEWER')),
    "invited_by" TEXT NOT NULL,
    "state" TEXT NOT NULL CHECK ("state" IN ('PENDING', 'ACCEPTED', 'DECLINED', 'REVOKED')),
    "expires_at" DATETIME NOT NULL,
    "created_at" DATETIME NOT NULL,
    "resolved_at" DATETIME,
    CONSTRAINT "wallet_invitation_wallet_id_fkey" FOREIGN KEY ("wallet_id") REFERENCES "wallet" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);

-- CreateIndex
CREATE INDEX "wallet_member_user_id_idx" ON "wallet_member"("user_id");

-- CreateIndex
CREATE INDEX "wallet_invitation_user_id_state_idx" ON "wallet_invitation"("user_id", "state");

-- CreateIndex
CREATE INDEX "wallet_invitation_wallet_id_state_idx" ON "wallet_invitation"("wallet_id", "state");

-- One offer at a time: the next one waits until the last is answered or taken back.
CREATE UNIQUE INDEX "wallet_invitation_pending_key" ON "wallet_invitation"("wallet_id", "user_id") WHERE "state" = 'PENDING';
