-- CreateTable
CREATE TABLE "user_standing" (
    "user_id" TEXT NOT NULL,
    "is_suspended" BOOLEAN NOT NULL,
    "suspended_position" BIGINT NOT NULL,
    "roles" TEXT,
    "roles_position" BIGINT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "user_standing_pkey" PRIMARY KEY ("user_id")
);
