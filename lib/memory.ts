/**
 * The memory of functions, in MB. CPU comes with it: 512 MB have 0.29 of a core, 1,769 have one (AWS Lambda guide, "Configure Lambda
 * function memory"). A wallet has one writer, whose own work is what bounds a busy wallet (docs/capacity.md).
 */
import type { Step } from '../lambdas/core/kernel/steps.ts';

export const functionMemoryMb = 512;
export const stepMemoryMb: Partial<Record<Step, number>> = { debit: 1_769 };
