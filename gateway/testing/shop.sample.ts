// A shop over four subgraphs: several keys, compound keys, @requires, @provides, @override, shared value types, unions, nested lists,
// enums, custom scalars, arguments, mutations.
import type { SampleGraph } from './sample-graph.ts';

interface Product {
  readonly __typename: 'Product';
  readonly upc: string;
  readonly sku: string;
  readonly brand: string;
  readonly name: string | null;
  readonly price: number;
  readonly weight: number;
  readonly category: string;
  readonly grid: (number | null)[][];
  readonly dimensions: { width: number; height: number };
  readonly extra: unknown;
  readonly related: string[];
}

const products: Product[] = ['chair', 'table', 'lamp', 'sofa', 'shelf'].map((name, index) => ({
  __typename: 'Product',
  upc: `p${index}`,
  sku: `sku-${index}`,
  brand: index % 2 === 0 ? 'Oak' : 'Pine',
  name: index === 3 ? null : name,
  price: 10 * (index + 1),
  weight: index * 2.5,
  category: ['SEATING', 'TABLES', 'LIGHT', 'SEATING', 'STORAGE'][index] ?? 'STORAGE',
  grid: [[index, null], [], [index + 1]],
  dimensions: { width: index, height: index * 2 },
  extra: { tags: ['a', { b: index }], nothing: null },
  related: [`p${(index + 1) % 5}`, `p${(index + 2) % 5}`, 'gone'],
}));
const users = ['u1', 'u2', 'u3'].map((id) => ({
  __typename: 'User' as const,
  id,
  username: `name-${id}`,
  birthday: `2000-01-0${id.slice(1)}`,
}));
const reviews = products.flatMap((product, index) =>
  [0, 1].map((nth) => ({
    __typename: 'Review' as const,
    id: `r${index}${nth}`,
    body: `${nth === 0 ? 'Good' : 'Bad'} ${product.upc}`,
    stars: nth === 0 ? 5 : 1,
    upc: product.upc,
    authorId: `u${((index + nth) % 3) + 1}`,
  })),
);

const productOf = (upc: string) => products.find((product) => product.upc === upc) ?? null;
const userOf = (id: string) => users.find((user) => user.id === id) ?? null;
const reviewsOf = (upc: string) => reviews.filter((review) => review.upc === upc);
const reviewsBy = (id: string) => reviews.filter((review) => review.authorId === id);
const shipping = (price: number, weight: number, unit: string) =>
  Math.round((price > 30 ? 0 : weight * 0.5) * (unit === 'LB' ? 2.2 : 1) * 100) / 100;
const search = (text: string) => [
  ...products.filter(({ name }) => name?.includes(text)),
  ...users.filter(({ username }) => username.includes(text)),
];
const present = <T>(value: T | null): value is T => value !== null;

const scalars = `scalar JSON  enum Category { SEATING TABLES LIGHT STORAGE }`;

export const shop: SampleGraph = {
  name: 'shop',
  subgraphs: [
    {
      name: 'products',
      typeDefs: `
        ${scalars}
        type Query {
          topProducts(first: Int = 5): [Product!]!
          product(upc: ID!): Product
          catalogue: [[Product]]
          search(text: String!): [SearchResult!]!
        }
        type Mutation { renameProduct(upc: ID!, name: String!): Product }
        union SearchResult = Product | User
        type Product @key(fields: "upc") @key(fields: "sku brand") {
          upc: ID!  sku: String!  brand: String!  name: String  price: Int!  category: Category!
          grid: [[Int]!]  extra: JSON  dimensions: Dimensions!  related: [Product]
        }
        type Dimensions @shareable { width: Int! }
        type User @key(fields: "id", resolvable: false) { id: ID! }`,
      resolvers: {
        Query: {
          topProducts: (_: unknown, { first }: { first: number }) => products.slice(0, first),
          product: (_: unknown, { upc }: { upc: string }) => productOf(upc),
          catalogue: () => [[products[0], null], [], products.slice(1, 3)],
          search: (_: unknown, { text }: { text: string }) => search(text),
        },
        Mutation: {
          renameProduct: (_: unknown, { upc, name }: { upc: string; name: string }) =>
            productOf(upc) && { ...productOf(upc), name },
        },
        Product: {
          __resolveReference: ({ upc, sku }: { upc?: string; sku?: string }) =>
            products.find((product) => product.upc === upc || product.sku === sku) ?? null,
          related: ({ upc }: { upc: string }) => productOf(upc)?.related.map(productOf),
        },
      },
    },
    {
      name: 'inventory',
      typeDefs: `
        enum Unit { KG LB }
        type Product @key(fields: "sku brand") {
          sku: String!  brand: String!
          price: Int! @external  dimensions: Dimensions! @external
          inStock: Boolean  weight: Float
          shippingEstimate(unit: Unit = KG): Float @requires(fields: "price")
          volume: Int @requires(fields: "dimensions { width }")
        }
        type Dimensions @shareable { width: Int! }
        type Query { inventoryOf(category: [Unit!]): Int }`,
      resolvers: {
        Query: { inventoryOf: (_: unknown, { category }: { category?: string[] }) => category?.length ?? null },
        Product: {
          __resolveReference: (reference: { sku: string }) => ({
            ...products.find(({ sku }) => sku === reference.sku),
            ...reference,
          }),
          inStock: ({ sku }: { sku: string }) => sku !== 'sku-1',
          shippingEstimate: ({ price, weight }: Product, { unit }: { unit: string }) => shipping(price, weight, unit),
          volume: ({ dimensions }: Product) => dimensions.width ** 3,
        },
      },
    },
    {
      name: 'reviews',
      typeDefs: `
        type Query { review(id: ID!): Review  latestReviews(first: Int = 3): [Review!] }
        type Mutation { addReview(input: ReviewInput!): Review! }
        input ReviewInput { upc: ID!  body: String!  stars: Int = 3 }
        type Review @key(fields: "id") { id: ID!  body(upper: Boolean = false): String  stars: Int!  product: Product!  author: User @provides(fields: "username") }
        type Product @key(fields: "upc") { upc: ID!  reviews(first: Int): [Review!]  rating: Float }
        type User @key(fields: "id") { id: ID!  username: String! @external  reviews: [Review!]! }`,
      resolvers: {
        Query: {
          review: (_: unknown, { id }: { id: string }) => reviews.find((review) => review.id === id) ?? null,
          latestReviews: (_: unknown, { first }: { first: number }) => reviews.slice(0, first),
        },
        Mutation: {
          addReview: (_: unknown, { input }: { input: { upc: string; body: string; stars: number } }) => ({
            id: 'new',
            authorId: 'u1',
            ...input,
          }),
        },
        Review: {
          __resolveReference: ({ id }: { id: string }) => reviews.find((review) => review.id === id) ?? null,
          body: ({ body }: { body: string }, { upper }: { upper: boolean }) => (upper ? body.toUpperCase() : body),
          product: ({ upc }: { upc: string }) => ({ __typename: 'Product', upc }),
          author: ({ authorId }: { authorId: string }) => userOf(authorId),
        },
        Product: {
          reviews: ({ upc }: { upc: string }, { first }: { first?: number }) => reviewsOf(upc).slice(0, first ?? 100),
          rating: ({ upc }: { upc: string }) => reviewsOf(upc).reduce((sum, { stars }) => sum + stars, 0) / reviewsOf(upc).length,
        },
        User: {
          __resolveReference: ({ id }: { id: string }) => userOf(id),
          reviews: ({ id }: { id: string }) => reviewsBy(id),
        },
      },
    },
    {
      name: 'accounts',
      typeDefs: `
        type Query { me: User  users(ids: [ID!]!): [User] }
        type User @key(fields: "id") { id: ID!  username: String! @shareable  birthday: String  favourite: Product }
        type Product @key(fields: "upc", resolvable: false) { upc: ID! }`,
      resolvers: {
        Query: { me: () => users[0], users: (_: unknown, { ids }: { ids: string[] }) => ids.map(userOf) },
        User: {
          __resolveReference: ({ id }: { id: string }) => userOf(id),
          favourite: ({ id }: { id: string }) => productOf(`p${id.slice(1)}`),
        },
      },
    },
  ],
  monolith: {
    Query: {
      topProducts: (_: unknown, { first }: { first: number }) => products.slice(0, first),
      product: (_: unknown, { upc }: { upc: string }) => productOf(upc),
      catalogue: () => [[products[0], null], [], products.slice(1, 3)],
      search: (_: unknown, { text }: { text: string }) => search(text),
      inventoryOf: (_: unknown, { category }: { category?: string[] }) => category?.length ?? null,
      review: (_: unknown, { id }: { id: string }) => reviews.find((review) => review.id === id) ?? null,
      latestReviews: (_: unknown, { first }: { first: number }) => reviews.slice(0, first),
      me: () => users[0],
      users: (_: unknown, { ids }: { ids: string[] }) => ids.map(userOf),
    },
    Product: {
      related: ({ upc }: Product) => productOf(upc)?.related.map(productOf),
      inStock: ({ sku }: Product) => sku !== 'sku-1',
      shippingEstimate: ({ price, weight }: Product, { unit }: { unit: string }) => shipping(price, weight, unit),
      volume: ({ dimensions }: Product) => dimensions.width ** 3,
      reviews: ({ upc }: Product, { first }: { first?: number }) => reviewsOf(upc).slice(0, first ?? 100),
      rating: ({ upc }: Product) => reviewsOf(upc).reduce((sum, { stars }) => sum + stars, 0) / reviewsOf(upc).length,
    },
    Review: {
      body: ({ body }: { body: string }, { upper }: { upper: boolean }) => (upper ? body.toUpperCase() : body),
      product: ({ upc }: { upc: string }) => productOf(upc),
      author: ({ authorId }: { authorId: string }) => userOf(authorId),
    },
    User: {
      reviews: ({ id }: { id: string }) => reviewsBy(id),
      favourite: ({ id }: { id: string }) => [productOf(`p${id.slice(1)}`)].find(present),
    },
  },
  queries: [
    { query: '{ topProducts { name price } }' },
    { query: '{ topProducts(first: 2) { upc inStock shippingEstimate volume reviews { body author { username birthday } } } }' },
    { query: '{ catalogue { name inStock reviews(first: 1) { stars } } }' },
    {
      query:
        '{ a: product(upc: "p1") { n: name inStock } b: product(upc: "p2") { n: upc weight } c: product(upc: "none") { name rating } }',
    },
    {
      query:
        '{ topProducts { x: shippingEstimate y: shippingEstimate(unit: LB) grid extra category dimensions { width } related { name rating } } }',
    },
    {
      query:
        '{ search(text: "a") { __typename ... on Product { t: name inStock } ... on User { u: username reviews { product { name } } } } }',
    },
    {
      query:
        'query Q($deep: Boolean!, $no: Boolean = false) { me { username reviews @include(if: $deep) { body(upper: true) product { name @skip(if: $no) rating } } } }',
      variables: { deep: true },
    },
    {
      query:
        'query Q($deep: Boolean!, $no: Boolean = false) { me { username reviews @include(if: $deep) { body } favourite @skip(if: $no) { name inStock } } }',
      variables: { deep: false },
    },
    {
      query:
        'query Q($ids: [ID!]!) { users(ids: $ids) { ...U } } fragment U on User { id username favourite { ...P } } fragment P on Product { name weight reviews(first: 1) { author { ...N } } } fragment N on User { username }',
      variables: { ids: ['u1', 'none', 'u3', 'u1'] },
    },
    {
      query:
        '{ latestReviews { id author { username } product { upc name } } review(id: "r10") { product { reviews { author { favourite { name } } } } } }',
    },
    {
      query:
        '{ __typename __schema { queryType { name } } me { __typename id } t: __type(name: "Product") { kind fields { name } } }',
    },
    { query: '{ topProducts(first: 0) { inStock } inventoryOf(category: [KG, LB]) }' },
    {
      query:
        'mutation { a: addReview(input: { upc: "p1", body: "x" }) { stars product { name inStock } } renameProduct(upc: "p2", name: "new") { name reviews { stars } } b: addReview(input: { upc: "p3", body: "y", stars: 1 }) { stars author { username birthday } } }',
    },
  ],
};
