/** A bundle of its own, loaded when a code is to be read and the browser can't do it itself. */
export { decodeQR } from "qr/decode.js";
