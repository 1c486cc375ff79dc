// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDealEscrow} from "../interfaces/IDealEscrow.sol";

/// @title Which terms may be locked at all.
library Terms {
    /// @dev Sums and small multiples of amounts cannot overflow.
    uint256 internal constant MAX_AMOUNT = type(uint96).max;
    /// @dev No signature may lock money for longer than anybody plans.
    uint256 internal constant MAX_WINDOW = 30 days;
    /// @dev Seats of the first committee; appeals make it 7 and 15.
    uint256 internal constant COMMITTEE = 3;
    /// @dev Capability bits that there may ever be.
    uint256 internal constant MAX_NEEDS = type(uint32).max;
    /// @dev A seat runs the job anew, on hardware of its own. Two parties that are one could otherwise agree on a window in which no
    /// honest seat can finish, and share what such seats lose.
    uint256 internal constant VOTE_WINDOWS = 3;

    function check(IDealEscrow.Deal calldata deal, uint256 minWindow, uint256 minSeatFee, bool hasCourt) internal view {
        if (deal.creator == deal.provider) revert IDealEscrow.SameParty(deal.creator);
        if (block.timestamp > deal.openBefore) revert IDealEscrow.OpenExpired(deal.openBefore, block.timestamp);
        _checkAmount(deal.price);
        _checkAmount(deal.collateral);
        _checkAmount(deal.seatFee);
        _checkWindow(deal.submitWindow, minWindow);
        _checkWindow(deal.reviewWindow, minWindow);
        if (deal.committee != 0) _checkCommittee(deal, minSeatFee, hasCourt);
    }

    /// @dev The vote window counts only where there are votes.
    function _checkCommittee(IDealEscrow.Deal calldata deal, uint256 minSeatFee, bool hasCourt) private view {
        if (!hasCourt || deal.committee != COMMITTEE) revert IDealEscrow.CommitteeNotAllowed(deal.committee);
        // numbers that the software of judges can hold: who is drawn must be able to read what it judges
        _checkWindow(deal.openBefore - block.timestamp, 0);
        if (deal.needs > MAX_NEEDS) revert IDealEscrow.AmountTooLarge(deal.needs, MAX_NEEDS);
        _checkWindow(deal.voteWindow, VOTE_WINDOWS * deal.submitWindow);
        uint256 minFee = deal.price > minSeatFee ? deal.price : minSeatFee;
        if (deal.seatFee < minFee) revert IDealEscrow.SeatFeeTooLow(deal.seatFee, minFee);
        uint256 minCollateral = COMMITTEE * deal.seatFee;
        if (deal.collateral < minCollateral) revert IDealEscrow.CollateralTooLow(deal.collateral, minCollateral);
    }

    function _checkAmount(uint256 amount) private pure {
        if (amount > MAX_AMOUNT) revert IDealEscrow.AmountTooLarge(amount, MAX_AMOUNT);
    }

    function _checkWindow(uint256 window, uint256 minWindow) private pure {
        if (window < minWindow || window > MAX_WINDOW) {
            revert IDealEscrow.WindowOutOfRange(window, minWindow, MAX_WINDOW);
        }
    }
}
