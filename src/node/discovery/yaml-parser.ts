// A file of its own, which is loaded by those who have YAML, and nobody else.
export { parseDocument } from 'yaml'
