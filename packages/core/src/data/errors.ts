export { DataError } from "../given/errors.js";
