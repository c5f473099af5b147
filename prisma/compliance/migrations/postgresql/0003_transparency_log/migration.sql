-- CreateTable
CREATE TABLE "audit_tile" (
    "level" INTEGER NOT NULL,
    "tile_index" BIGINT NOT NULL,
    "hashes" BYTEA NOT NULL,

    CONSTRAINT "audit_tile_pkey" PRIMARY KEY ("level","tile_index")
);

-- CreateTable
CREATE TABLE "audit_tree" (
    "id" INTEGER NOT NULL,
    "size" BIGINT NOT NULL,

    CONSTRAINT "audit_tree_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_checkpoint" (
    "size" BIGINT NOT NULL,
    "root" TEXT NOT NULL,
    "note" TEXT NOT NULL,
    "verifier_key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "audit_checkpoint_pkey" PRIMARY KEY ("size")
);

-- A tile only grows: what it held it goes on holding.
CREATE TRIGGER "audit_tile_permanent" BEFORE DELETE OR TRUNCATE ON "audit_tile" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_record_change"();
CREATE FUNCTION "guard_audit_tile"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW."level", NEW."tile_index") IS DISTINCT FROM (OLD."level", OLD."tile_index")
    OR length(NEW."hashes") <= length(OLD."hashes") OR substring(NEW."hashes" FROM 1 FOR length(OLD."hashes")) <> OLD."hashes" THEN
    RAISE EXCEPTION 'A tile of the audit tree only grows' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "audit_tile_grows" BEFORE UPDATE ON "audit_tile" FOR EACH ROW EXECUTE FUNCTION "guard_audit_tile"();
ALTER TABLE "audit_tile" ADD CONSTRAINT "audit_tile_whole_hashes" CHECK (length("hashes") BETWEEN 32 AND 8192 AND length("hashes") % 32 = 0);

-- The tree stays, and only grows.
CREATE TRIGGER "audit_tree_permanent" BEFORE DELETE OR TRUNCATE ON "audit_tree" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_record_change"();
CREATE FUNCTION "guard_audit_tree"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."id" <> OLD."id" OR NEW."size" < OLD."size" THEN
    RAISE EXCEPTION 'The audit tree only grows' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "audit_tree_grows" BEFORE UPDATE ON "audit_tree" FOR EACH ROW EXECUTE FUNCTION "guard_audit_tree"();
ALTER TABLE "audit_tree" ADD CONSTRAINT "audit_tree_single" CHECK ("id" = 1);
INSERT INTO "audit_tree" ("id", "size") VALUES (1, 0);

-- What was signed stays.
CREATE TRIGGER "audit_checkpoint_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_checkpoint" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_record_change"();
