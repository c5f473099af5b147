-- CreateTable
CREATE TABLE "user_standing" (
    "user_id" TEXT NOT NULL,
    "suspended" BOOLEAN NOT NULL,
    "position" BIGINT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "user_standing_pkey" PRIMARY KEY ("user_id")
);
