import { describeDownloads } from '../testing/download.suite.ts';
import { describeSubgraphClient } from '../testing/subgraph-client.suite.ts';

describeSubgraphClient('a subgraph in process', ({ running }) => running);
describeDownloads('files of a subgraph in process', ({ running }) => running);
