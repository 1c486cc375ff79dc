// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDealEscrow} from "../interfaces/IDealEscrow.sol";
import {DealHash} from "../libraries/DealHash.sol";

/// @title Several deals in one transaction.
/// @dev Each item is a call of its own, so that a bad one undoes only itself, and has the batch's caller.
abstract contract Batches is IDealEscrow {
    using DealHash for Deal;

    /// @dev About 20,000 gas an item: a full batch is far from any block's limit.
    uint256 private constant MAX_BATCH = 64;

    /// @inheritdoc IDealEscrow
    function openMany(Deal[] calldata deals, bytes[] calldata creatorSignatures, bytes[] calldata providerSignatures)
        external
    {
        _checkBatch(deals.length, creatorSignatures.length, providerSignatures.length);
        for (uint256 i = 0; i < deals.length; ++i) {
            _try(i, deals[i], abi.encodeCall(this.open, (deals[i], creatorSignatures[i], providerSignatures[i])));
        }
    }

    /// @inheritdoc IDealEscrow
    function settleMany(Deal[] calldata deals, Result[] calldata results, bytes[] calldata creatorSignatures) external {
        _checkBatch(deals.length, results.length, creatorSignatures.length);
        for (uint256 i = 0; i < deals.length; ++i) {
            _try(i, deals[i], abi.encodeCall(this.settle, (deals[i], results[i], creatorSignatures[i])));
        }
    }

    /// @dev A delegated call keeps the caller; a plain one would come from the escrow, which is nobody's provider.
    function _try(uint256 index, Deal calldata deal, bytes memory call) private {
        (bool success, bytes memory reason) = address(this).delegatecall(call);
        if (!success) emit ItemSkipped(index, deal.ofDeal(), reason);
    }

    function _checkBatch(uint256 length, uint256 second, uint256 third) private pure {
        if (length > MAX_BATCH) revert BatchTooLong(length, MAX_BATCH);
        if (second != length) revert BatchLengthMismatch(length, second);
        if (third != length) revert BatchLengthMismatch(length, third);
    }
}
