// The page's own words, in the customer's language: the page has brought them along.
const words = JSON.parse(document.getElementById('chat').dataset.words);

// say is a text by its key, with values in place of what stands in braces.
export const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
