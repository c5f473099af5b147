-- Of all replicas only one may win a rotation: at most one key signs, and at most one waits to.
CREATE UNIQUE INDEX "signing_key_one_per_state" ON "signing_key" ("state") WHERE "state" IN ('NEXT', 'ACTIVE');
