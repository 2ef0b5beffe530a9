export { AlfworldDataError } from './errors.ts';
export { type AlfworldOptions, AlfworldSuite, openAlfworld } from './suite.ts';
