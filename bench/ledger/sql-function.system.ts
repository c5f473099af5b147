// One call of a SQL function per transfer, written as well as we can: accounts locked in order, every check, one statement per table.
// `sql-function` writes the rows that our ledger writes; `sql-function-bare` leaves idempotency, outbox and audit out.
import pg from 'pg';
import { uuidIds } from '../../platform/clock.ts';
import { asset, ownerId, walletId, withClient } from './data.ts';
import { connectionsFor, type SystemKind, transferUnits } from './system.ts';

const functionOf = (isBare: boolean) => `
CREATE OR REPLACE FUNCTION bench_transfer(p_transaction text, p_posting text, p_from text, p_to text, p_asset text, p_units numeric, p_ids text[])
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  source account;
  destination account;
  moment timestamptz := clock_timestamp();
  active int;
BEGIN
  PERFORM 1 FROM account WHERE holder_type = 'WALLET' AND holder_id IN (p_from, p_to) AND asset = p_asset ORDER BY id FOR UPDATE;
  SELECT count(*) INTO active FROM (SELECT 1 FROM wallet WHERE id IN (p_from, p_to) AND status = 'ACTIVE' AND (id <> p_from OR owner_id = '${ownerId}') FOR SHARE) w;
  IF active < 2 THEN RETURN 'WALLET_NOT_FOUND'; END IF;
${
  isBare
    ? ''
    : `  INSERT INTO ledger_request (key, fingerprint, outcome, result_id, created_at)
    VALUES ('transaction:' || p_transaction, encode(sha256((p_from || p_to || p_asset || p_units)::bytea), 'hex'), 'ACCEPTED', p_posting, moment) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN 'ALREADY_DONE'; END IF;`
}
  UPDATE account SET debits_posted = debits_posted + p_units, version = version + 1, updated_at = moment
    WHERE holder_type = 'WALLET' AND holder_id = p_from AND asset = p_asset AND credits_posted - debits_posted - debits_pending >= p_units RETURNING * INTO source;
  IF NOT FOUND THEN RAISE EXCEPTION 'INSUFFICIENT_FUNDS'; END IF;
  UPDATE account SET credits_posted = credits_posted + p_units, version = version + 1, updated_at = moment
    WHERE holder_type = 'WALLET' AND holder_id = p_to AND asset = p_asset RETURNING * INTO destination;
  INSERT INTO posting (id, kind, transaction_id, created_at) VALUES (p_posting, 'TRANSFER', p_transaction, moment);
  INSERT INTO entry (id, posting_id, leg, account_id, wallet_id, direction, units, version, balance_after, created_at) VALUES
    (p_ids[1], p_posting, 0, source.id, p_from, 'DEBIT', p_units, source.version, source.credits_posted - source.debits_posted, moment),
    (p_ids[2], p_posting, 0, destination.id, p_to, 'CREDIT', p_units, destination.version, destination.credits_posted - destination.debits_posted, moment);
${
  isBare
    ? ''
    : `  INSERT INTO outbox_pending (id, type, kind, subject, data, feeds, time) VALUES
    (p_ids[3], 'clawpurse.wallet.balance_changed.v1', 'domain', p_from, json_build_object('walletId', p_from, 'ownerId', '${ownerId}', 'accountId', source.id, 'asset', p_asset, 'posted', source.credits_posted - source.debits_posted, 'pending', source.debits_pending, 'entryId', p_ids[1], 'changeUnits', -p_units, 'cause', p_transaction, 'changedAt', moment)::text, '["wallet:' || p_from || '","user:${ownerId}"]', moment),
    (p_ids[4], 'clawpurse.wallet.balance_changed.v1', 'domain', p_to, json_build_object('walletId', p_to, 'ownerId', '${ownerId}', 'accountId', destination.id, 'asset', p_asset, 'posted', destination.credits_posted - destination.debits_posted, 'pending', destination.debits_pending, 'entryId', p_ids[2], 'changeUnits', p_units, 'cause', p_transaction, 'changedAt', moment)::text, '["wallet:' || p_to || '","user:${ownerId}"]', moment),
    (p_ids[5], 'clawpurse.wallet.posting_completed.v1', 'integration', p_transaction, json_build_object('transactionId', p_transaction, 'postingId', p_posting)::text, '[]', moment),
    (p_ids[6], 'clawpurse.wallet.audit.v1', 'audit', p_transaction, json_build_object('actorId', 'system', 'action', 'transaction.post', 'resourceType', 'Transaction', 'resourceId', p_transaction, 'outcome', 'SUCCEEDED', 'subjectUserId', '${ownerId}', 'details', json_build_object('asset', p_asset, 'units', p_units, 'postingId', p_posting))::text, '[]', moment);`
}
  RETURN 'POSTED';
END
$$`;

function kind(name: string, description: string, isBare: boolean): SystemKind {
  return {
    name,
    description,
    async open(url, callers) {
      await withClient(url, (client) => client.query(functionOf(isBare)));
      const pool = new pg.Pool({ connectionString: url, max: connectionsFor(callers) });
      // Its database is dropped while the last connections still say goodbye.
      pool.on('error', () => undefined);
      return {
        async transfer({ from, to }) {
          const ids = Array.from({ length: 6 }, () => uuidIds.next());
          const values = [uuidIds.next(), uuidIds.next(), walletId(from), walletId(to), asset, transferUnits.toString(), ids];
          const text = 'SELECT bench_transfer($1, $2, $3, $4, $5, $6, $7) AS outcome';
          const { rows } = await pool.query<{ outcome: string }>({ name: 'transfer', text, values });
          if (rows[0]?.outcome !== 'POSTED') throw new Error(`A transfer was answered ${rows[0]?.outcome}.`);
        },
        close: () => pool.end(),
      };
    },
  };
}

export const sqlFunction = kind('sql-function', 'one SQL function call per transfer, same rows', false);
export const sqlFunctionBare = kind('sql-function-bare', 'the same without idempotency, outbox and audit', true);
