// Notes what scripts warn of, for a test to read.
window.warned = [];
const warn = console.warn;
console.warn = (...said) => { window.warned.push(said.join(' ')); warn.apply(console, said); };
