//! An empty stand-in: on Emscripten nothing of wasm-bindgen is used, only its names must resolve.

pub mod prelude {}
