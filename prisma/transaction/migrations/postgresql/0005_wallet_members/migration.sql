-- CreateTable
CREATE TABLE "wallet_member" (
    "wallet_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "role" TEXT,
    "position" BIGINT NOT NULL,

    CONSTRAINT "wallet_member_pkey" PRIMARY KEY ("wallet_id","user_id")
);
