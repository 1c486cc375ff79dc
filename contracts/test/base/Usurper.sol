// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";
import {Handler} from "./Handler.sol";

/// @title The handler with an adversary: creators and strangers who bring any call themselves, with all that they can have.
/// @notice They have both signatures on every deal, the creator's on any Result and on any Close, and of the provider what it
/// gave away: the Results it signed. Whatever they do, a provider gets at least its collateral and the charge of such a Result,
/// unless it let its deadline pass. Giving up (forfeit) and agreeing to another end (Close) are calls or signatures of its own.
contract Usurper is Handler {
    uint256 private constant OPENINGS = 3;
    uint256 private constant ENDINGS = 13;
    /// @dev how often an adversary changed a deal at all: one that never can proves nothing
    uint256 public usurped;

    /// @dev A deal that nobody has opened; its parties have the money.
    function usurpOpening(uint256 seed, uint256 price, uint256 charge, uint256 what, uint256 who) external {
        IDealEscrow.Deal memory deal = _terms(seed, price, price, seed);
        (deal.submitWindow, deal.reviewWindow) = (600, 600);
        (IDealEscrow.State state,,) = escrow.statusOfDeal(deal);
        if (state != IDealEscrow.State.None) return;
        bytes memory data = _opening(deal, what % OPENINGS, bound(charge, 0, deal.price));
        vm.prank(_adversary(deal, who % 2 == 0));
        (bool success,) = address(escrow).call(data);
        (state,,) = escrow.statusOfDeal(deal);
        // a batch succeeds whatever it skips
        if (success && what % OPENINGS != 2 || state != IDealEscrow.State.None) broken = "opened without its provider";
    }

    /// @dev A deal that runs.
    function usurp(uint256 seed, uint256 what, uint256 pick, uint256 charge, uint256 who) external {
        if (_live.length == 0) return;
        uint256 i = _live[seed % _live.length];
        IDealEscrow.Deal memory deal = _deals[i];
        (, uint64 deadline,) = escrow.statusOfDeal(deal);
        uint256 before = escrow.freeOf(deal.provider);
        bytes memory data = _ending(i, what % ENDINGS, bound(charge, 0, deal.price), pick);
        vm.prank(_adversary(deal, who % 2 == 0));
        _call(data);
        (IDealEscrow.State state,,) = escrow.statusOfDeal(deal);
        if (state == states[i]) return;
        ++usurped;
        if (state == IDealEscrow.State.Submitted) {
            _wasSubmitted(i);
            return;
        }
        uint256 gain = escrow.freeOf(deal.provider) - before;
        bool missed = states[i] == IDealEscrow.State.Open && block.timestamp > deadline;
        if (!missed && gain < deal.collateral + _leastPromised(i)) broken = "a provider got less than it agreed to";
        _ended(i, gain);
    }

    /// @dev The creator, or one of the actors that is no party.
    function _adversary(IDealEscrow.Deal memory deal, bool byCreator) private view returns (address) {
        if (byCreator && deal.creator != deal.provider) return deal.creator;
        for (uint256 k = 0; k < ACTORS; ++k) {
            if (actors[k] != deal.creator && actors[k] != deal.provider) return actors[k];
        }
        return address(this);
    }

    function _opening(IDealEscrow.Deal memory deal, uint256 what, uint256 charge) private view returns (bytes memory) {
        if (what == 1) return _openAndSettleCall(deal, charge);
        bytes memory byCreator = _signAs(deal.creator, idOf(deal));
        bytes memory byProvider = _signAs(deal.provider, idOf(deal));
        if (what == 0) return abi.encodeCall(IDealEscrow.open, (deal, byCreator, byProvider));
        return abi.encodeCall(IDealEscrow.openMany, (_one(deal), _one(byCreator), _one(byProvider)));
    }

    function _ending(uint256 i, uint256 what, uint256 charge, uint256 pick) private view returns (bytes memory) {
        IDealEscrow.Deal memory deal = _deals[i];
        IDealEscrow.Result memory own = _result(deal, charge);
        IDealEscrow.Result memory promised = _anyPromised(i, pick);
        if (what == 0) return _openAndSettleCall(deal, charge);
        if (what == 1) return abi.encodeCall(IDealEscrow.submit, (deal, own, _signAs(deal.creator, hashOf(own))));
        if (what == 2) return _submitPromised(deal, promised);
        if (what == 3) return abi.encodeCall(IDealEscrow.forfeit, (deal));
        if (what == 4) return abi.encodeCall(IDealEscrow.timeoutSubmit, (deal));
        if (what == 5) return _closeBySelf(deal, charge);
        if (what == 6) return abi.encodeCall(IDealEscrow.claim, (deal, _submitted[i]));
        // the rest: settle or settleMany of a Result of its own, of one that was signed, of the submitted one
        IDealEscrow.Result memory result = what < 9 ? own : what < 11 ? promised : _submitted[i];
        bytes memory byCreator = _signAs(deal.creator, hashOf(result));
        if (what % 2 == 1) return abi.encodeCall(IDealEscrow.settle, (deal, result, byCreator));
        return abi.encodeCall(IDealEscrow.settleMany, (_one(deal), _one(result), _one(byCreator)));
    }

    /// @dev Nothing was signed: then there is no signature either.
    function _submitPromised(IDealEscrow.Deal memory deal, IDealEscrow.Result memory promised)
        private
        view
        returns (bytes memory)
    {
        bytes memory signature = promised.deal == 0 ? bytes("") : _signAs(deal.provider, hashOf(promised));
        return abi.encodeCall(IDealEscrow.submit, (deal, promised, signature));
    }

    function _closeBySelf(IDealEscrow.Deal memory deal, uint256 toProvider) private view returns (bytes memory) {
        IDealEscrow.Close memory agreed = IDealEscrow.Close(idOf(deal), toProvider, block.timestamp);
        bytes memory byCreator = _signAs(deal.creator, hashOf(agreed));
        return abi.encodeCall(IDealEscrow.close, (deal, agreed, byCreator, byCreator));
    }

    /// @dev One of the Results that the provider signed; an empty one if there is none.
    function _anyPromised(uint256 i, uint256 pick) private view returns (IDealEscrow.Result memory result) {
        uint256 count = _promised[i].length;
        if (count != 0) result = _promised[i][pick % count];
    }

    /// @dev What the escrow holds must be one of the provider's own.
    function _wasSubmitted(uint256 i) private {
        (,, bytes32 hash) = escrow.statusOfDeal(_deals[i]);
        for (uint256 k = 0; k < _promised[i].length; ++k) {
            if (hashOf(_promised[i][k]) != hash) continue;
            _noteSubmitted(i, _promised[i][k]);
            return;
        }
        broken = "submitted what the provider never signed";
    }

    /// @dev More than any payment if it signed nothing: then nobody else can end the deal in time at all.
    function _leastPromised(uint256 i) private view returns (uint256 least) {
        least = 1 << 128;
        for (uint256 k = 0; k < _promised[i].length; ++k) {
            if (_promised[i][k].charge < least) least = _promised[i][k].charge;
        }
    }

    function _one(IDealEscrow.Deal memory deal) private pure returns (IDealEscrow.Deal[] memory list) {
        list = new IDealEscrow.Deal[](1);
        list[0] = deal;
    }

    function _one(IDealEscrow.Result memory result) private pure returns (IDealEscrow.Result[] memory list) {
        list = new IDealEscrow.Result[](1);
        list[0] = result;
    }

    function _one(bytes memory signature) private pure returns (bytes[] memory list) {
        list = new bytes[](1);
        list[0] = signature;
    }
}
