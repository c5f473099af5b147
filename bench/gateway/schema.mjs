// The graph of the benchmark: the shape of the public federation benchmark (accounts, inventory, products, reviews), with a `group`
// argument so that a request can ask for data that no other request asks for, and one subscription.
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@requires", "@provides", "@shareable"])';

export const subgraphSdl = {
  accounts: `${link}
    type Query { me: User  user(id: ID!): User  users(group: Int = 0): [User] }
    type User @key(fields: "id") { id: ID!  name: String  username: String @shareable  birthday: Int }`,
  inventory: `${link}
    type Product @key(fields: "upc") {
      upc: String!  weight: Int @external  price: Int @external
      inStock: Boolean  shippingEstimate: Int @requires(fields: "price weight")
    }
    type Query { inventorySize: Int }`,
  products: `${link}
    type Query { topProducts(first: Int = 5, group: Int = 0): [Product] }
    type Product @key(fields: "upc") { upc: String!  name: String  price: Int  weight: Int }
    type Subscription { priceChanged(upc: String): Product }`,
  reviews: `${link}
    type Query { reviewCount: Int }
    type Review @key(fields: "id") { id: ID!  body: String  product: Product  author: User @provides(fields: "username") }
    type User @key(fields: "id") { id: ID!  username: String @external  reviews: [Review] }
    type Product @key(fields: "upc") { upc: String!  reviews: [Review] }`,
};

/** The same API without federation: what a bare server serves. */
export const bareSdl = `
  type Query { topProducts(first: Int = 5): [Product] }
  type Product { upc: String!  name: String  price: Int  weight: Int  inStock: Boolean }
  type Subscription { priceChanged(upc: String): Product }`;

export function subgraphSchema(name) {
  return buildSubgraphSchema(parse(subgraphSdl[name]));
}

/** @param urlOf where a subgraph is. */
export function composeSupergraph(urlOf) {
  const services = Object.entries(subgraphSdl).map(([name, sdl]) => ({ name, url: urlOf(name), typeDefs: parse(sdl) }));
  const { supergraphSdl, errors } = composeServices(services);
  if (errors !== undefined) throw new Error(errors.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}
