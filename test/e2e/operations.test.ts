/** What clients see of their webhooks and operators of withdrawals, in one system that has done nothing before. */
import './webhooks.part.ts';
import './webhooks-again.part.ts';
import './review.part.ts';
import { jest } from '@jest/globals';

jest.setTimeout(180_000);
