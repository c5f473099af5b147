-- The shape that every domain shares: the roles that auth has told of join the suspension.
ALTER TABLE "user_standing" RENAME COLUMN "suspended" TO "is_suspended";
ALTER TABLE "user_standing" RENAME COLUMN "position" TO "suspended_position";
ALTER TABLE "user_standing" ADD COLUMN "roles" TEXT,
ADD COLUMN "roles_position" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "user_standing" ALTER COLUMN "roles_position" DROP DEFAULT;
