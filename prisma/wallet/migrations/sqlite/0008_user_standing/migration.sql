-- CreateTable
CREATE TABLE "user_standing" (
    "user_id" TEXT NOT NULL PRIMARY KEY,
    "is_suspended" BOOLEAN NOT NULL,
    "suspended_position" BIGINT NOT NULL,
    "roles" TEXT,
    "roles_position" BIGINT NOT NULL,
    "updated_at" DATETIME NOT NULL
);
