-- An entry is found by its account and version, its posting, or its wallet; nobody asks for one by its id, which is unique by its making.
-- One index less on the table that grows fastest.
ALTER TABLE "entry" DROP CONSTRAINT "entry_pkey";
ALTER TABLE "entry" ADD CONSTRAINT "entry_pkey" PRIMARY KEY USING INDEX "entry_account_id_version_key";
