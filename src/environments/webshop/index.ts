export { type Catalogue, type CatalogueOptions, loadCatalogue } from './catalogue.ts';
export { type ObservationMode, WebShopEnvironment } from './environment.ts';
export { WebShopDataError, WebShopError } from './errors.ts';
export {
  drawGoal,
  type Goal,
  type GoalBook,
  type GoalSeeds,
  humanGoalBook,
  humanGoals,
  limitGoals,
  syntheticGoalBook,
  syntheticGoals,
} from './goals.ts';
export { openWebShop, type WebShopOptions } from './open.ts';
export { type Action, parseAction } from './pages/actions.ts';
export { type AvailableActions, type Outcome, ShopSession } from './pages/session.ts';
export type { HumanInstruction, Product, ProductOption } from './product.ts';
export { clickableTexts, type ListedProduct, readShopPage, type ShopPage } from './read-page.ts';
export { normalizeColor } from './reward/colors.ts';
export { type NounTagger, taggerFromFile, winkTagger } from './reward/nouns.ts';
export { type Reward, type RewardDetails, reward } from './reward/reward.ts';
export { tokenSetRatio } from './reward/token-set-ratio.ts';
export { termsOf } from './search/analyzer.ts';
export { type Hit, ProductSearch } from './search/product-search.ts';
export { Shop, type ShopOptions } from './shop.ts';
export { lacking, readWish, type Wish, wantedValue } from './shoppers/wish.ts';
export { WebShopSuite, type WebShopSuiteOptions } from './suite.ts';
