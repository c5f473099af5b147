-- CreateTable
CREATE TABLE "audit_tile" (
    "level" INTEGER NOT NULL,
    "tile_index" BIGINT NOT NULL,
    "hashes" BLOB NOT NULL,

    PRIMARY KEY ("level", "tile_index")
);

-- CreateTable
CREATE TABLE "audit_tree" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "size" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "audit_checkpoint" (
    "size" BIGINT NOT NULL PRIMARY KEY,
    "root" TEXT NOT NULL,
    "note" TEXT NOT NULL,
    "verifier_key" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL
);

-- A tile only grows: what it held it goes on holding.
CREATE TRIGGER "audit_tile_permanent" BEFORE DELETE ON "audit_tile" BEGIN SELECT RAISE(ABORT, 'Append-only: DELETE of "audit_tile" is refused'); END;
CREATE TRIGGER "audit_tile_replace" BEFORE INSERT ON "audit_tile"
WHEN EXISTS (SELECT 1 FROM "audit_tile" WHERE "level" = NEW."level" AND "tile_index" = NEW."tile_index")
BEGIN SELECT RAISE(ABORT, 'Append-only: REPLACE of "audit_tile" is refused'); END;
CREATE TRIGGER "audit_tile_grows" BEFORE UPDATE ON "audit_tile"
WHEN NEW."level" IS NOT OLD."level" OR NEW."tile_index" IS NOT OLD."tile_index" OR length(NEW."hashes") <= length(OLD."hashes")
  OR substr(NEW."hashes", 1, length(OLD."hashes")) IS NOT OLD."hashes"
BEGIN SELECT RAISE(ABORT, 'A tile of the audit tree only grows'); END;
CREATE TRIGGER "audit_tile_whole_hashes" BEFORE INSERT ON "audit_tile" WHEN length(NEW."hashes") NOT BETWEEN 32 AND 8192 OR length(NEW."hashes") % 32 <> 0
BEGIN SELECT RAISE(ABORT, 'A tile holds 1 to 256 whole hashes'); END;

-- The tree stays, and only grows.
INSERT INTO "audit_tree" ("id", "size") VALUES (1, 0);
CREATE TRIGGER "audit_tree_permanent" BEFORE DELETE ON "audit_tree" BEGIN SELECT RAISE(ABORT, 'Append-only: DELETE of "audit_tree" is refused'); END;
CREATE TRIGGER "audit_tree_single" BEFORE INSERT ON "audit_tree" BEGIN SELECT RAISE(ABORT, 'The audit log has one tree'); END;
CREATE TRIGGER "audit_tree_grows" BEFORE UPDATE ON "audit_tree" WHEN NEW."id" <> OLD."id" OR NEW."size" < OLD."size"
BEGIN SELECT RAISE(ABORT, 'The audit tree only grows'); END;

-- What was signed stays.
CREATE TRIGGER "audit_checkpoint_append_only_update" BEFORE UPDATE ON "audit_checkpoint" BEGIN SELECT RAISE(ABORT, 'Append-only: UPDATE of "audit_checkpoint" is refused'); END;
CREATE TRIGGER "audit_checkpoint_append_only_delete" BEFORE DELETE ON "audit_checkpoint" BEGIN SELECT RAISE(ABORT, 'Append-only: DELETE of "audit_checkpoint" is refused'); END;
CREATE TRIGGER "audit_checkpoint_append_only_replace" BEFORE INSERT ON "audit_checkpoint"
WHEN EXISTS (SELECT 1 FROM "audit_checkpoint" WHERE "size" = NEW."size")
BEGIN SELECT RAISE(ABORT, 'Append-only: REPLACE of "audit_checkpoint" is refused'); END;
