export * from './agent.ts';
export { HISTORY_AGENT_DEFAULTS, HistoryAgent, type HistoryAgentOptions } from './history.ts';
export { MEMORY_AGENT_DEFAULTS, MemoryAgent, type MemoryAgentOptions, UnknownWordingError } from './memory/agent.ts';
export { AgentError, agentKind, agentList } from './registry.ts';
export { SHOP_AGENT_DEFAULTS, ShopAgent, type ShopAgentOptions } from './shop/agent.ts';
export { THINK_AGENT_DEFAULTS, ThinkAgent, type ThinkAgentOptions } from './think.ts';
