-- AlterTable
ALTER TABLE "posting" ADD COLUMN "quote_id" TEXT;

-- CreateTable
CREATE TABLE "exchange_rate" (
    "pair" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "base_asset" TEXT NOT NULL,
    "quote_asset" TEXT NOT NULL,
    "rate" TEXT NOT NULL,
    "spread_basis_points" INTEGER NOT NULL,
    "valid_until" DATETIME,
    "set_by" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,

    PRIMARY KEY ("pair", "version")
);

-- CreateTable
CREATE TABLE "exchange_quote" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "wallet_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "base_asset" TEXT NOT NULL,
    "quote_asset" TEXT NOT NULL,
    "rate" TEXT NOT NULL,
    "rate_version" INTEGER NOT NULL,
    "spread_basis_points" INTEGER NOT NULL,
    "side" TEXT NOT NULL,
    "sold_asset" TEXT NOT NULL,
    "sold_units" TEXT NOT NULL,
    "bought_asset" TEXT NOT NULL,
    "bought_units" TEXT NOT NULL,
    "spread_units" TEXT NOT NULL,
    "residue_units" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,
    "expires_at" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "exchange_quote_user_id_expires_at_idx" ON "exchange_quote"("user_id", "expires_at");

-- CreateIndex
CREATE INDEX "exchange_quote_expires_at_idx" ON "exchange_quote"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "posting_quote_id_key" ON "posting"("quote_id");

-- What the code promises about exchanges, kept by the database. A posting is an exchange when, and only when, it uses up a quote.
CREATE TRIGGER "posting_exchange_has_quote" BEFORE INSERT ON "posting" WHEN (NEW."kind" = 'EXCHANGE') <> (NEW."quote_id" IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'A posting is an exchange when it uses up a quote'); END;
CREATE TRIGGER "exchange_quote_amounts" BEFORE INSERT ON "exchange_quote"
WHEN NEW."side" NOT IN ('SELL', 'BUY') OR NEW."sold_asset" = NEW."bought_asset"
  OR NEW."sold_units" IN ('', '0') OR NEW."sold_units" GLOB '*[^0-9]*' OR NEW."bought_units" IN ('', '0') OR NEW."bought_units" GLOB '*[^0-9]*'
  OR NEW."spread_units" = '' OR NEW."spread_units" GLOB '*[^0-9]*' OR NEW."residue_units" = '' OR NEW."residue_units" GLOB '*[^0-9]*'
BEGIN SELECT RAISE(ABORT, 'A quote is about two assets, in whole units'); END;
CREATE TRIGGER "exchange_rate_append_only_update" BEFORE UPDATE ON "exchange_rate" BEGIN SELECT RAISE(ABORT, 'The ledger is append-only: UPDATE of "exchange_rate" is refused'); END;
CREATE TRIGGER "exchange_rate_append_only_delete" BEFORE DELETE ON "exchange_rate" BEGIN SELECT RAISE(ABORT, 'The ledger is append-only: DELETE of "exchange_rate" is refused'); END;
CREATE TRIGGER "exchange_quote_never_changes" BEFORE UPDATE ON "exchange_quote" BEGIN SELECT RAISE(ABORT, 'The ledger is append-only: UPDATE of "exchange_quote" is refused'); END;

-- Quotes that nobody used may be cleared away; a used one is part of the ledger.
CREATE TRIGGER "exchange_quote_used_stays" BEFORE DELETE ON "exchange_quote" WHEN EXISTS (SELECT 1 FROM "posting" p WHERE p."quote_id" = OLD."id")
BEGIN SELECT RAISE(ABORT, 'The quote has been used and stays'); END;
