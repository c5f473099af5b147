-- The shape that every domain shares: the roles that auth has told of join the suspension.
CREATE TABLE "new_user_standing" (
    "user_id" TEXT NOT NULL PRIMARY KEY,
    "is_suspended" BOOLEAN NOT NULL,
    "suspended_position" BIGINT NOT NULL,
    "roles" TEXT,
    "roles_position" BIGINT NOT NULL,
    "updated_at" DATETIME NOT NULL
);
INSERT INTO "new_user_standing" ("user_id", "is_suspended", "suspended_position", "roles_position", "updated_at")
SELECT "user_id", "suspended", "position", 0, "updated_at" FROM "user_standing";
DROP TABLE "user_standing";
ALTER TABLE "new_user_standing" RENAME TO "user_standing";
