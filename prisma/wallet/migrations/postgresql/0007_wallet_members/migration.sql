-- CreateTable
CREATE TABLE "wallet_member" (
    "wallet_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "role" TEXT NOT NULL CHECK ("role" IN ('OWNER', 'ADMIN', 'SPENDER', 'VIEWER')),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "wallet_member_pkey" PRIMARY KEY ("wallet_id","user_id")
);

-- CreateTable
CREATE TABLE "wallet_invitation" (
    "id" TEXT NOT NULL,
    "wallet_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "role" TEXT NOT NULL CHECK ("role" IN ('OWNER', 'ADMIN', 'SPENDER', 'VIEWER')),
    "invited_by" TEXT NOT NULL,
    "state" TEXT NOT NULL CHECK ("state" IN ('PENDING', 'ACCEPTED', 'DECLINED', 'REVOKED')),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "resolved_at" TIMESTAMPTZ(3),

    CONSTRAINT "wallet_invitation_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "wallet_member_user_id_idx" ON "wallet_member"("user_id");

-- CreateIndex
CREATE INDEX "wallet_invitation_user_id_state_idx" ON "wallet_invitation"("user_id", "state");

-- CreateIndex
CREATE INDEX "wallet_invitation_wallet_id_state_idx" ON "wallet_invitation"("wallet_id", "state");

-- AddForeignKey
ALTER TABLE "wallet_member" ADD CONSTRAINT "wallet_member_wallet_id_fkey" FOREIGN KEY ("wallet_id") REFERENCES "wallet"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "wallet_invitation" ADD CONSTRAINT "wallet_invitation_wallet_id_fkey" FOREIGN KEY ("wallet_id") REFERENCES "wallet"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- One offer at a time: the next one waits until the last is answered or taken back.
CREATE UNIQUE INDEX "wallet_invitation_pending_key" ON "wallet_invitation"("wallet_id", "user_id") WHERE "state" = 'PENDING';
