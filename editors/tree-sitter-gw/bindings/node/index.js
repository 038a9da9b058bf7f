// `npm run build` makes it.
module.exports = require("../../build/gw.node");
