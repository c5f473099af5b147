import { describeSubgraphClient } from '../testing/subgraph-client.suite.ts';

describeSubgraphClient('a subgraph in process', ({ running }) => running);
