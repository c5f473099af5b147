-- The guard looks up a few keys, whatever the statistics of fast-growing tables say: a plan made while they were small would read them whole.
ALTER FUNCTION "guard_new_entries"() SET enable_seqscan = off;
ALTER FUNCTION "guard_new_entries"() SET enable_hashjoin = off;
ALTER FUNCTION "guard_new_entries"() SET enable_mergejoin = off;
