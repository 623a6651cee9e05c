/** What clients of one system ask by REST: it costs as much to start as most of this, and is started once. */
import './bad-input.part.ts';
import './withdrawal.part.ts';
import './observability.part.ts';
import './contract.part.ts';
import { jest } from '@jest/globals';

jest.setTimeout(120_000);
