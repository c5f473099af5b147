-- CreateTable
CREATE TABLE "user_standing" (
    "user_id" TEXT NOT NULL PRIMARY KEY,
    "suspended" BOOLEAN NOT NULL,
    "position" BIGINT NOT NULL,
    "updated_at" DATETIME NOT NULL
);
