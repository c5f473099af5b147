// The data of the benchmark: any number of groups, each with six users, six products and twenty-four reviews that join them.
const groupSize = 6;
const reviewsEach = 4;
const groupsMax = 2000;

/** Leaf values are kept as JSON text, so that writing an answer is only concatenation. */
const groups = new Map();

function makeGroup(group) {
  const users = Array.from({ length: groupSize }, (_, n) => ({
    type: 'User',
    id: JSON.stringify(`u${group}-${n}`),
    name: JSON.stringify(`User number ${n}`),
    username: JSON.stringify(`user-${n}`),
    birthday: `${1990 + n}`,
    reviews: [],
  }));
  const products = Array.from({ length: groupSize }, (_, n) => ({
    type: 'Product',
    upc: JSON.stringify(`p${group}-${n}`),
    name: JSON.stringify(`Product ${n}`),
    price: `${(n + 1) * 100}`,
    weight: `${n * 150}`,
    inStock: `${n % 2 === 0}`,
    shippingEstimate: ({ price, weight }) => (price > 400 ? '0' : `${Math.trunc(weight / 2)}`),
    reviews: [],
  }));
  users.forEach((author, a) => {
    for (let nth = 0; nth < reviewsEach; nth++) {
      const product = products[(a + nth) % groupSize];
      const review = {
        type: 'Review',
        id: JSON.stringify(`r${group}-${a}${nth}`),
        body: JSON.stringify(`Review ${nth} of ${a}`),
        author,
        product,
      };
      author.reviews.push(review);
      product.reviews.push(review);
    }
  });
  return { User: users, Product: products };
}

export function groupOf(group) {
  let found = groups.get(group);
  if (found === undefined) {
    if (groups.size >= groupsMax) groups.delete(groups.keys().next().value);
    found = makeGroup(group);
    groups.set(group, found);
  }
  return found;
}

/** An entity by its id or upc, such as `u0-3`. */
export function entityOf(type, key) {
  const dash = key.indexOf('-');
  return groupOf(Number(key.slice(1, dash)))[type]?.[Number(key.slice(dash + 1))] ?? null;
}
