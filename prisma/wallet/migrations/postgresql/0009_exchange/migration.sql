-- AlterTable
ALTER TABLE "posting" ADD COLUMN     "quote_id" TEXT;

-- CreateTable
CREATE TABLE "exchange_rate" (
    "pair" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "base_asset" TEXT NOT NULL,
    "quote_asset" TEXT NOT NULL,
    "rate" TEXT NOT NULL,
    "spread_basis_points" INTEGER NOT NULL,
    "valid_until" TIMESTAMPTZ(3),
    "set_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "exchange_rate_pkey" PRIMARY KEY ("pair","version")
);

-- CreateTable
CREATE TABLE "exchange_quote" (
    "id" TEXT NOT NULL,
    "wallet_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "base_asset" TEXT NOT NULL,
    "quote_asset" TEXT NOT NULL,
    "rate" TEXT NOT NULL,
    "rate_version" INTEGER NOT NULL,
    "spread_basis_points" INTEGER NOT NULL,
    "side" TEXT NOT NULL,
    "sold_asset" TEXT NOT NULL,
    "sold_units" DECIMAL(78,0) NOT NULL,
    "bought_asset" TEXT NOT NULL,
    "bought_units" DECIMAL(78,0) NOT NULL,
    "spread_units" DECIMAL(78,0) NOT NULL,
    "residue_units" DECIMAL(78,0) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "exchange_quote_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "exchange_quote_user_id_expires_at_idx" ON "exchange_quote"("user_id", "expires_at");

-- CreateIndex
CREATE INDEX "exchange_quote_expires_at_idx" ON "exchange_quote"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "posting_quote_id_key" ON "posting"("quote_id");

-- What the code promises about exchanges, kept by the database. A posting is an exchange when, and only when, it uses up a quote.
ALTER TABLE "posting" ADD CONSTRAINT "posting_exchange_has_quote" CHECK (("kind" = 'EXCHANGE') = ("quote_id" IS NOT NULL));
ALTER TABLE "exchange_rate" ADD CONSTRAINT "exchange_rate_spread" CHECK ("spread_basis_points" BETWEEN 0 AND 5000 AND "version" > 0);
ALTER TABLE "exchange_quote" ADD CONSTRAINT "exchange_quote_amounts" CHECK ("side" IN ('SELL', 'BUY') AND "sold_units" > 0 AND "bought_units" > 0
  AND "spread_units" >= 0 AND "residue_units" >= 0 AND "sold_asset" <> "bought_asset");
CREATE TRIGGER "exchange_rate_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "exchange_rate" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_ledger_change"();
CREATE TRIGGER "exchange_quote_never_changes" BEFORE UPDATE OR TRUNCATE ON "exchange_quote" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_ledger_change"();

-- Quotes that nobody used may be cleared away; a used one is part of the ledger.
CREATE FUNCTION "guard_quote_removal"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM "posting" p WHERE p."quote_id" = OLD."id") THEN
    RAISE EXCEPTION 'The quote % has been used and stays', OLD."id" USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN OLD;
END
$$;
CREATE TRIGGER "exchange_quote_used_stays" BEFORE DELETE ON "exchange_quote" FOR EACH ROW EXECUTE FUNCTION "guard_quote_removal"();

-- The house exchanges out of what it has: its own stock is no more overdrawn than a wallet is.
ALTER TABLE "account" DROP CONSTRAINT "account_wallet_not_overdrawn";
ALTER TABLE "account" ADD CONSTRAINT "account_wallet_not_overdrawn"
  CHECK (("holder_type" <> 'WALLET' AND NOT ("holder_type" = 'SYSTEM' AND "holder_id" = 'fx'))
    OR "credits_posted" - "debits_posted" - "debits_pending" + "overdraft_units" >= 0);
