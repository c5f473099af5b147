// What is asked of every gateway.
const large = (declaration, group) => `
  fragment Who on User { id username name }
  fragment Text on Review { id body }
  fragment Goods on Product { inStock name price shippingEstimate upc weight }
  query Large${declaration} {
    users${group} {
      ...Who
      reviews { ...Text product { ...Goods reviews { ...Text author { ...Who reviews { ...Text product { ...Goods } } } } } }
    }
    topProducts${group} {
      ...Goods
      reviews { ...Text author { ...Who reviews { ...Text product { ...Goods } } } }
    }
  }`;

/** `variablesOf(n)`: of the n-th request; constant where requests are to be equal. */
export const scenarios = {
  large: { query: large('', ''), variablesOf: () => undefined },
  small: { query: 'query Small { topProducts(first: 3) { upc name inStock } }', variablesOf: () => undefined },
  unique: { query: large('($group: Int)', '(group: $group)'), variablesOf: (n) => ({ group: n }) },
};

export function bodyOf({ query, variablesOf }, n) {
  const variables = variablesOf(n);
  return JSON.stringify(variables === undefined ? { query } : { query, variables });
}
